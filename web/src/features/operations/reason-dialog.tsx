import { Form, Input, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState, type Command } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';

/** An intervention that is asked for its reason: what will happen, why, and only then the command. */
export interface Intervention { title: string; text: ReactNode; ok: string; danger?: boolean; command: Command }

export const ReasonDialog = ({ intervention, onClose }: { intervention: Intervention; onClose: (happened: boolean) => void }) => {
  const { t } = useTranslation('operations');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ reason: string }>();
  const { title, text, ok, danger, command } = intervention;
  const submit = async ({ reason }: { reason: string }) => {
    if ((await execute({ ...command, body: { ...(command.body as object | undefined), reason: reason.trim() } })) !== undefined) onClose(true);
  };
  return (
    <Modal open title={title} okText={ok} okButtonProps={{ danger }} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={() => onClose(false)}>
      <p className="operations__explain">{text}</p>
      <Form form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('reasonRequired') }]}><Input.TextArea autoFocus maxLength={1000} autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
