import { LockOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Avatar } from '@/components/avatar';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useDraft } from '@/lib/drafts';
import { useCan } from '@/lib/session';
import { unfinished, useTicketWords } from './words';

interface Reply { text: string; internal?: boolean }

/** What the customer wrote and what was answered, oldest first, with the reply below. */
export const Conversation = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const can = useCan();
  const { asOf } = useAsOf();
  return (
    <>
      <ol aria-label={t('conversation')}>
        <li className="answer" data-from="customer">
          <div className="answer__head"><Avatar name={ticket.contactName ?? ticket.customerName ?? ticket.subject} /><b>{ticket.contactName ?? ticket.customerName ?? t('caller')}</b><span>{t(`channel.${ticket.channel}`)}</span><DateText value={ticket.openedAt ?? ticket.createdAt} as="instant" /></div>
          <p>{ticket.description || ticket.subject}</p>
        </li>
        {ticket.answers?.map((answer) => (
          <li key={answer.id} className="answer" data-from={answer.internal ? 'internal' : 'agent'}>
            <div className="answer__head">
              <Avatar name={answer.authorName ?? '?'} /><b>{answer.authorName ?? t('common:system')}</b>
              {answer.internal ? <span><LockOutlined aria-hidden="true" /> {t('internalNote')}</span> : <span>{t('answer')}</span>}
              <DateText value={answer.at} as="instant" />
            </div>
            <p>{answer.text}</p>
          </li>
        ))}
      </ol>
      {can('tickets.change') && !asOf && unfinished.includes(ticket.status) ? <ReplyForm ticket={ticket} /> : null}
    </>
  );
};

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
    <Form<Reply> form={form} className="reply" layout="vertical" initialValues={draft.initial} onValuesChange={draft.onValuesChange} onFinish={(values) => void submit(values)} aria-label={t('reply')}>
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
