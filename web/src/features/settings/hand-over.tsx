import { Button, Checkbox, Collapse, Form, Input, Modal, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { BulkJobCard } from '@/components/bulk-job';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import { useBulkJobs, works } from '@/lib/bulk-jobs';
import { useUsers } from '@/lib/users';
import { useHandOverPreview } from './use-hand-over';

interface Values { toUserId: string; recipients?: Record<string, string | undefined>; deactivate?: boolean; reason: string }

/** Everything of a leaver to others: what there is, the job, and what became of earlier ones. */
const HandOver = ({ userId, onClose }: { userId: string; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const users = useUsers().data ?? [];
  const user = users.find((each) => each.id === userId);
  const path = `users/${userId}/hand-overs`;
  const jobs = useBulkJobs(path);
  const job = jobs.data?.data[0];
  const running = works(job);
  // Counted anew with every turn of the newest job.
  const preview = useHandOverPreview(userId, !running);
  const parts = preview.data?.parts ?? [];
  const all = parts.reduce((sum, part) => sum + part.count, 0);
  const start = async ({ toUserId, recipients = {}, deactivate, reason }: Values) => {
    const others = Object.fromEntries(Object.entries(recipients).filter(([, id]) => id));
    const body = { toUserId, reason, deactivate: deactivate ?? false, recipients: Object.keys(others).length > 0 ? others : undefined };
    if ((await execute({ path: `users/${userId}/hand-over`, body, refresh: [['customers'], ['opportunities'], ['tickets'], ['teams']] })) !== undefined) form.resetFields();
  };
  return (
    <Modal open title={t('handOver.title', { name: user?.displayName ?? '' })} width={640} onCancel={onClose} footer={<Button onClick={onClose}>{t('roles.done')}</Button>}>
      {job ? <BulkJobCard path={path} job={job} title={t('handOver.jobTo', { name: users.find((each) => each.id === job.parameters.toUserId)?.displayName ?? '…' })} /> : null}
      {running ? <p className="muted">{t('handOver.leave')}</p> : preview.data ? (
        <>
          <ul className="hand-over__parts" aria-label={t('handOver.preview')}>
            {parts.filter((part) => part.count > 0).map((part) => <li key={part.resource}><b className="number">{part.count}</b> {t(`handOver.part.${part.resource}`, { count: part.count })}</li>)}
          </ul>
          {preview.data.standsInFor > 0 ? <p className="warning-text">{t('handOver.standsInFor', { count: preview.data.standsInFor })}</p> : null}
          {all === 0 ? <p className="muted">{t('handOver.nothing')}</p> : (
            <Form<Values> name="handOver" form={form} layout="vertical" onFinish={(values) => void start(values)} initialValues={{ deactivate: user?.active ?? false }}>
              <Form.Item name="toUserId" label={t('handOver.to')} rules={[{ required: true, message: t('required') }]}><UserSelect /></Form.Item>
              <Collapse ghost size="small" items={[{ key: 'others', label: t('handOver.others'), forceRender: true, children: parts.filter((part) => part.count > 0).map((part) => (
                <Form.Item key={part.resource} name={['recipients', part.resource]} label={t(`resource.${part.resource}`)}><UserSelect placeholder={t('handOver.same')} /></Form.Item>
              )) }]} />
              <Form.Item name="reason" label={t('handOver.reason')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={1000} autoComplete="off" /></Form.Item>
              {user?.active ? <Form.Item name="deactivate" valuePropName="checked"><Checkbox>{t('handOver.deactivate')}</Checkbox></Form.Item> : null}
              <Button type="primary" htmlType="submit" loading={busy}>{t('handOver.start', { count: all })}</Button>
            </Form>
          )}
        </>
      ) : preview.error ? null : <Skeleton active paragraph={{ rows: 4 }} />}
      <ProblemAlert error={error ?? preview.error ?? jobs.error} />
    </Modal>
  );
};
export default HandOver;
