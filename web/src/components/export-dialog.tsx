import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Checkbox, Form, Input, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { ExportFormat, ExportJob, ExportResource } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useLocale } from '@/lib/session';
import './export-dialog.css';

interface Values { columns: string[]; format: ExportFormat; reason: string }
interface Props {
  resource: 'customers' | 'opportunities' | 'tickets';
  /** The list as it is filtered, sorted and dated. */
  list: { q?: string; filter?: string; sort?: string; asOf?: string; basis?: string };
  /** Only these of it. */
  ids?: string[];
  onClose: () => void;
}

/** Which columns, which kind of file, and why. */
const ExportDialog = ({ resource, list, ids, onClose }: Props) => {
  const { t } = useTranslation('exports');
  const { locale } = useLocale();
  const navigate = useNavigate();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const resources = useQuery({ queryKey: ['exports', 'resources'], queryFn: ({ signal }) => get<ExportResource[]>('exports/resources', undefined, signal), staleTime: 60_000 });
  const columns = resources.data?.find((each) => each.resource === resource)?.columns ?? [];
  const chosen = Form.useWatch('columns', form) ?? [];
  const choose = (fields: string[]) => form.setFieldValue('columns', fields);

  const submit = async (values: Values) => {
    // In the order of the list, whatever the order of the clicks.
    const fields = columns.map((column) => column.field).filter((field) => values.columns.includes(field));
    const job = await execute<ExportJob>({ path: 'exports', body: { resource, ...list, ids, columns: fields, format: values.format, reason: values.reason.trim() }, done: t('exports:dialog.started') });
    if (job) { onClose(); void navigate({ to: '/exports' }); }
  };
  return (
    <Modal
      open width={640} title={t(`exports:dialog.title.${resource}`)} okText={t('exports:dialog.start')} cancelText={t('exports:dialog.close')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} loading={resources.isPending}
      footer={(_, { OkBtn, CancelBtn }) => <><Button type="link" onClick={() => { onClose(); void navigate({ to: '/exports' }); }}>{t('exports:dialog.mine')}</Button><CancelBtn /><OkBtn /></>}
    >
      <ProblemAlert error={resources.error} onRetry={() => void resources.refetch()} />
      <p className="export-dialog__what">{ids ? t('exports:dialog.selected', { count: ids.length }) : t('exports:dialog.all')}</p>
      <Form<Values> name="export" form={form} layout="vertical" initialValues={{ columns: columns.map((column) => column.field), format: 'xlsx' }} onFinish={(values) => void submit(values)}>
        <Form.Item name="format" label={t('exports:dialog.format')}>
          <Radio.Group options={[{ value: 'xlsx', label: 'Excel (XLSX)' }, { value: 'csv', label: 'CSV' }]} />
        </Form.Item>
        <Form.Item label={<Checkbox checked={chosen.length === columns.length} indeterminate={chosen.length > 0 && chosen.length < columns.length} onChange={(event) => choose(event.target.checked ? columns.map((column) => column.field) : [])}>{t('exports:dialog.columns')} · {t('exports:dialog.allColumns')}</Checkbox>} required>
          <Form.Item name="columns" noStyle rules={[{ required: true, type: 'array', min: 1, message: t('exports:dialog.columnsRequired') }]}>
            <Checkbox.Group
              className="export-dialog__columns"
              options={columns.map((column) => { const name = locale === 'zh-CN' ? column.name : column.nameEn; return { value: column.field, label: column.masked ? t('exports:dialog.masked', { name }) : name }; })}
            />
          </Form.Item>
        </Form.Item>
        <Form.Item name="reason" label={t('exports:dialog.reason')} extra={t('exports:dialog.reasonHint')} rules={[{ required: true, whitespace: true, min: 2, message: t('exports:dialog.reasonRequired') }]}>
          <Input.TextArea autoFocus maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
        </Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ExportDialog;
