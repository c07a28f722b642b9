import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { App, Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CustomFormItems } from '@/components/custom-form-items';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { Contact, Ticket } from '@/lib/api-types';
import { useDraft } from '@/lib/drafts';
import { customBody } from '@/lib/fields';
import { post } from '@/lib/http';
import { useList } from '@/lib/lists';
import { fieldPath, isProblem } from '@/lib/problem';
import { useSession } from '@/lib/session';
import { useTicketChoices } from './words';
import './tickets.css';

type Values = Partial<Pick<Ticket, 'subject' | 'description' | 'customerId' | 'contactId' | 'channel' | 'type' | 'priority' | 'assigneeId' | 'custom'>>;

/** A ticket opened by an agent, mostly from a telephone call. */
export const CreateTicketPage = () => {
  const { t } = useTranslation('tickets');
  const { user } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const choices = useTicketChoices();
  const [form] = Form.useForm<Values>();
  const draft = useDraft<Values>(`tickets.new.${user.id}`, { channel: 'phone', priority: 'normal' });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [entered, setEntered] = useState<Values>(draft.initial);
  const customerId = Form.useWatch('customerId', form);
  const contacts = useList<Contact>(`customers/${customerId}/contacts`, {}, Boolean(customerId));

  const submit = async ({ custom, ...values }: Values) => {
    setBusy(true);
    setError(undefined);
    try {
      const body = { ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '')), ...customBody(custom) };
      const ticket = await post<Ticket>('tickets', body);
      draft.drop();
      void client.invalidateQueries({ queryKey: ['tickets'] });
      void message.success(t('created', { number: ticket.number }));
      await navigate({ to: '/tickets/$id', params: { id: ticket.id }, replace: true });
    } catch (problem) {
      setError(problem);
      if (isProblem(problem)) form.setFields(problem.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
    } finally { setBusy(false); }
  };
  return (
    <>
      <PageHeader title={t('create')} note={draft.restored ? t('draftRestored') : undefined} />
      <Form<Values> name="new-ticket" className="ticket-form" form={form} layout="vertical" initialValues={draft.initial} onValuesChange={(changed, values) => { draft.onValuesChange(changed, values); setEntered(values); }} onFinish={(values) => void submit(values)} scrollToFirstError aria-label={t('create')}>
        <div className="ticket-form__grid">
          <Form.Item className="ticket-form__wide" name="subject" label={t('field.subject')} rules={[{ required: true, whitespace: true, message: t('subjectRequired') }]}><Input maxLength={200} autoFocus /></Form.Item>
          <Form.Item className="ticket-form__wide" name="description" label={t('field.description')}><Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={8000} /></Form.Item>
          <Form.Item name="customerId" label={t('field.customerId')}><CustomerSelect /></Form.Item>
          <Form.Item name="contactId" label={t('field.contactId')}><Select allowClear disabled={!customerId} placeholder={t('chooseContact')} options={contacts.rows.map((contact) => ({ value: contact.id, label: contact.name }))} /></Form.Item>
          <Form.Item name="channel" label={t('field.channel')}><Select options={choices.channels} /></Form.Item>
          <Form.Item name="type" label={t('field.type')}><Select allowClear options={choices.types} /></Form.Item>
          <Form.Item name="priority" label={t('field.priority')}><Select options={choices.priorities} /></Form.Item>
          <Form.Item name="assigneeId" label={t('field.assigneeId')}><UserSelect /></Form.Item>
          <CustomFormItems target="tickets" record={{ ...entered, status: entered.assigneeId ? 'assigned' : 'open' }} />
        </div>
        {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
        <div style={{ display: 'flex', gap: 8 }}>
          <Button type="primary" htmlType="submit" loading={busy}>{t('createSubmit')}</Button>
          <Button onClick={() => { draft.drop(); router.history.back(); }}>{t('common:cancel')}</Button>
        </div>
      </Form>
    </>
  );
};
