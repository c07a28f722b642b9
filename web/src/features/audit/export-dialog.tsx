import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { formatNumber } from '@/lib/format';
import { downloadAddress, get } from '@/lib/http';
import { useLocale } from '@/lib/session';
import type { OperationExport } from './types';

const isWorking = (each: OperationExport) => each.state === 'waiting' || each.state === 'running';

const ExportRow = ({ each }: { each: OperationExport }) => {
  const { t } = useTranslation('audit');
  const { locale } = useLocale();
  const { busy, error, execute } = useCommandState();
  const number = (value: number) => formatNumber(value, locale);
  return (
    <li>
      <span><b>{each.reason}</b> <span className="muted"><DateText value={each.requestedAt} as="instant" /></span></span>
      {each.filter ? <code>{each.filter}</code> : null}
      {isWorking(each) ? (
        <div className="audit-exports__line" role="status">
          <Progress percent={each.total ? Math.floor((each.written / each.total) * 100) : 0} aria-label={t('export.progress')} />
          <span className="number nowrap">{each.total ? t('export.written', { written: number(each.written), total: number(each.total) }) : t('export.waiting')}</span>
          <Button size="small" loading={busy} onClick={() => void execute({ path: `operation-log/exports/${each.id}/cancel` })}>{t('common:cancel')}</Button>
        </div>
      ) : each.state === 'done' ? (
        <div className="audit-exports__line">
          <Button size="small" icon={<DownloadOutlined />} href={downloadAddress(`operation-log/exports/${each.id}/file`)} download>{t('export.download', { total: number(each.written) })}</Button>
          <span className="muted">{t('export.expires')} <DateText value={each.expiresAt} as="instant" /></span>
        </div>
      ) : <span className="muted">{t('export.cancelled')}</span>}
      <ProblemAlert error={error} />
    </li>
  );
};

/** Asks for a file of what the list shows, and has those that were asked for: they can be left and found again. */
const ExportDialog = ({ filter, onClose }: { filter?: string; onClose: () => void }) => {
  const { t } = useTranslation('audit');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ reason: string }>();
  const exports = useQuery({
    queryKey: ['operation-log', 'exports'], queryFn: ({ signal }) => get<{ data: OperationExport[] }>('operation-log/exports', {}, signal),
    refetchInterval: ({ state }) => (state.data?.data.some(isWorking) ? 1_000 : false), staleTime: 0,
  });
  const submit = async ({ reason }: { reason: string }) => { if ((await execute({ path: 'operation-log/exports', body: { filter, reason: reason.trim() } })) !== undefined) form.resetFields(); };
  return (
    <Modal open title={t('export.title')} okText={t('export.start')} cancelText={t('close')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} width={640}>
      <p className="audit-explain">{filter ? t('export.filtered') : t('export.everything')}</p>
      <Form form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="reason" label={t('column.reason')} rules={[{ required: true, whitespace: true, message: t('reasonRequired') }]}><Input.TextArea autoFocus maxLength={1000} autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
      <ProblemAlert error={exports.error} onRetry={() => void exports.refetch()} />
      {exports.data?.data.length ? <ul className="audit-exports" aria-label={t('export.list')}>{exports.data.data.map((each) => <ExportRow key={each.id} each={each} />)}</ul> : null}
    </Modal>
  );
};
export default ExportDialog;
