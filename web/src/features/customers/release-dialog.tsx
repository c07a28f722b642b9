import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Customer } from '@/lib/api-types';

/** Puts a customer into the pool, with the reason that its history keeps. */
const ReleaseDialog = ({ customer, onClose, onReleased }: { customer: Customer; onClose: () => void; onReleased: () => void }) => {
  const { t } = useTranslation('customers');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ reason: string }>();
  const submit = async ({ reason }: { reason: string }) => {
    const done = await execute({ path: `customers/${customer.id}/release`, body: { reason: reason.trim() }, version: customer.version, done: t('pool.released'), refresh: [['pool']] });
    if (done !== undefined) onReleased();
  };
  return (
    <Modal open title={t('pool.releaseTitle', { name: customer.name })} okText={t('pool.release')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p style={{ marginBottom: 12 }}>{t('pool.releaseText')}</p>
      <Form name="release" form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('pool.reasonRequired') }]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} autoFocus /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ReleaseDialog;
