import { Form, Input, Modal, Rate } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Ticket } from '@/lib/api-types';
import { useTicketWords } from './words';

export type Dialog = 'assign' | 'resolve' | 'reopen' | 'rate' | 'close';
interface Values { assigneeId?: string; text?: string; reason?: string; score?: number; comment?: string }

/** One dialog a command; what is asked is the body of the command. */
const TicketDialog = ({ ticket, dialog, onClose }: { ticket: Ticket; dialog: Dialog; onClose: () => void }) => {
  const { t } = useTranslation('tickets');
  const words = useTicketWords();
  const [form] = Form.useForm<Values>();
  const { busy, error, execute } = useCommandState();
  const submit = async (values: Values) => {
    const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
    if ((await execute({ path: `tickets/${ticket.id}/${dialog}`, body, version: ticket.version, done: t('saved'), ...words })) !== undefined) onClose();
  };
  return (
    <Modal open title={t(dialog)} okText={t(dialog)} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="ticket-command" form={form} layout="vertical" initialValues={{ assigneeId: ticket.assigneeId ?? undefined }} onFinish={(values) => void submit(values)}>
        {dialog === 'assign' ? <Form.Item name="assigneeId" label={t('field.assigneeId')} rules={[{ required: true, message: t('assigneeRequired') }]}><UserSelect autoFocus /></Form.Item> : null}
        {dialog === 'resolve' ? <Form.Item name="text" label={t('solution')} extra={t('solutionHint')} rules={[{ required: true, whitespace: true, message: t('solutionRequired') }]}><Input.TextArea autoFocus autoSize={{ minRows: 4, maxRows: 12 }} maxLength={8000} /></Form.Item> : null}
        {dialog === 'reopen' ? <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('reasonRequired') }]}><Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} /></Form.Item> : null}
        {dialog === 'rate' ? (
          <>
            <Form.Item name="score" label={t('field.score')} rules={[{ required: true, message: t('scoreRequired') }]}><Rate /></Form.Item>
            <Form.Item name="comment" label={t('field.comment')}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} /></Form.Item>
          </>
        ) : null}
        {dialog === 'close' ? <p>{t('closeText')}</p> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default TicketDialog;
