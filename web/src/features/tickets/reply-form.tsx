import { Button, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Ticket } from '@/lib/api-types';
import { useDraft } from '@/lib/drafts';
import { useTicketWords } from './words';

interface Reply { text: string; internal?: boolean }

/** An answer to the customer, or a note only colleagues see. */
const ReplyForm = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const words = useTicketWords();
  const [form] = Form.useForm<Reply>();
  const draft = useDraft<Reply>(`tickets.${ticket.id}.reply`);
  const { busy, error, execute } = useCommandState();
  const internal = Form.useWatch('internal', form) ?? false;
  const submit = async ({ text, internal: note }: Reply) => {
    const answer = await execute({ path: `tickets/${ticket.id}/respond`, body: { text, internal: note === true }, done: t(note ? 'noteSaved' : 'answerSent'), ...words });
    if (answer === undefined) return;
    draft.drop();
    form.setFieldsValue({ text: '', internal: false });
  };
  return (
    <Form<Reply> name="reply" form={form} className="reply" layout="vertical" initialValues={draft.initial} onValuesChange={draft.onValuesChange} onFinish={(values) => void submit(values)} aria-label={t('replyForm')}>
      <Form.Item name="text" label={t('reply')} rules={[{ required: true, whitespace: true, message: t('replyRequired') }]}>
        <Input.TextArea
          autoSize={{ minRows: 3, maxRows: 14 }} maxLength={8000} placeholder={t(internal ? 'notePlaceholder' : 'replyPlaceholder')}
          onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.submit(); }}
        />
      </Form.Item>
      {error ? <div style={{ marginBottom: 10 }}><ProblemAlert error={error} /></div> : null}
      <div className="reply__foot">
        <Form.Item name="internal" valuePropName="checked" noStyle><Checkbox>{t('internalOnly')}</Checkbox></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t(internal ? 'saveNote' : 'send')}</Button>
      </div>
    </Form>
  );
};
export default ReplyForm;
