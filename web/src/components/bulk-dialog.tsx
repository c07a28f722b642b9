import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { BulkJob } from '@/lib/api-types';
import type { BulkCommand, ListResource } from '@/lib/bulk-commands';
import { formatNumber } from '@/lib/format';
import { useLocale } from '@/lib/session';

interface Values { ownerId?: string; tag?: string; reason: string }
interface Props {
  resource: ListResource;
  command: BulkCommand;
  count: number;
  records: { ids: string[] } | { query: { q?: string; filter?: string } };
  onClose: () => void;
  onStarted: () => void;
}

/** What a command on many records needs to know, and why it is given. */
const BulkDialog = ({ resource, command, count, records, onClose, onStarted }: Props) => {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const required = [{ required: true, whitespace: true, message: t('bulk.required') }];
  const start = async (values: Values) => {
    const body = { command: command.code, ...(command.takes ? { [command.takes]: values[command.takes] } : {}), ...records, reason: values.reason.trim() };
    if (await execute<BulkJob>({ path: `${resource}/bulk`, body })) onStarted();
  };
  return (
    <Modal
      open title={t(`bulk.command.${command.code}`)} okText={t('bulk.start', { count, number: formatNumber(count, locale) })} okButtonProps={{ danger: command.danger }} cancelText={t('cancel')}
      confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}
    >
      <p className="muted">{t(`bulk.explain.${command.code}`)} {t('bulk.background')}</p>
      <Form<Values> name="bulk" form={form} layout="vertical" onFinish={(values) => void start(values)}>
        {command.takes === 'ownerId' ? <Form.Item name="ownerId" label={t('bulk.owner')} rules={[{ required: true, message: t('bulk.required') }]}><UserSelect autoFocus /></Form.Item> : null}
        {command.takes === 'tag' ? <Form.Item name="tag" label={t('bulk.tag')} rules={required}><Input autoFocus maxLength={50} autoComplete="off" /></Form.Item> : null}
        <Form.Item name="reason" label={t('bulk.reason')} rules={required}><Input autoFocus={!command.takes} maxLength={1000} autoComplete="off" /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default BulkDialog;
