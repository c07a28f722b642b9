import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';

interface Values { password: string; otp: string }

/** A command that only the person may give, who proves it with both factors. */
export const ProofDialog = ({ title, text, path, danger = false, onClose, onDone }: { title: string; text: string; path: string; danger?: boolean; onClose: () => void; onDone: (answer: unknown) => void }) => {
  const { t } = useTranslation('account');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const submit = async ({ password, otp }: Values) => {
    const answer = await execute({ path, body: { password, otp: otp.trim() }, done: t('done') });
    if (answer !== undefined) onDone(answer);
  };
  return (
    <Modal open title={title} okText={title} okButtonProps={{ danger }} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p className="account__line">{text}</p>
      <Form<Values> name="proof" form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="password" label={t('common:signIn.password')} rules={[{ required: true, message: t('required') }]}><Input.Password autoComplete="current-password" autoFocus maxLength={200} /></Form.Item>
        <Form.Item name="otp" label={t('common:signIn.otp')} extra={t('common:signIn.otpHelp')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input autoComplete="one-time-code" maxLength={40} spellCheck={false} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
