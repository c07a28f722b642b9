import { PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText } from '@/components/values';
import type { Consent, Contact, Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { todayIn } from '@/lib/format';
import { useList } from '@/lib/lists';
import { useMay, useLocale } from '@/lib/session';

const channels = ['written', 'web', 'email', 'phone', 'verbal', 'other'] as const;
interface Values { contactId?: string; purpose?: string; textVersion?: string; channel: string; day?: string }

/** Giving and withdrawing take the same few words. */
const ConsentDialog = ({ customer, consent, contacts, onClose }: { customer: Customer; consent?: Consent; contacts: Contact[]; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const { timeZone } = useLocale();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const path = `customers/${customer.id}/consents`;
  const submit = async ({ contactId, purpose, textVersion, channel, day }: Values) => {
    const command = consent ? { path: `${path}/${consent.id}/withdraw`, body: { channel, withdrawnOn: day } } : { path, body: { contactId, purpose, textVersion, channel, givenOn: day } };
    if ((await execute({ ...command, done: t('saved') })) !== undefined) onClose();
  };
  const required = [{ required: true, whitespace: true, message: t('consent.required') }];
  return (
    <Modal open title={consent ? t('consent.withdrawTitle', { purpose: consent.purpose }) : t('consent.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="consent" form={form} layout="vertical" initialValues={{ channel: 'written' }} onFinish={(values) => void submit(values)}>
        {consent ? null : (
          <>
            <Form.Item name="contactId" label={t('consent.whose')}><Select allowClear placeholder={customer.name} options={contacts.filter((contact) => !contact.erased).map((contact) => ({ value: contact.id, label: contact.name }))} /></Form.Item>
            <Form.Item name="purpose" label={t('consent.purpose')} rules={required}><Input maxLength={200} autoFocus /></Form.Item>
            <Form.Item name="textVersion" label={t('consent.textVersion')} rules={required}><Input maxLength={50} /></Form.Item>
          </>
        )}
        <Form.Item name="channel" label={t('consent.channel')} rules={required}><Select options={channels.map((channel) => ({ value: channel, label: t(`consent.by.${channel}`) }))} /></Form.Item>
        <Form.Item name="day" label={consent ? t('consent.withdrawnOn') : t('consent.givenOn')} extra={t('consent.dayHint')}><DateField style={{ width: '100%' }} disabledDate={(day) => day.format('YYYY-MM-DD') > todayIn(timeZone)} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

/** What the customer and its contacts agreed to, and what of it was withdrawn. */
export const ConsentsBox = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const { asOf } = useAsOf();
  const [open, setOpen] = useState<Consent | 'new'>();
  const query = useList<Consent>(`customers/${customer.id}/consents`);
  const contacts = useList<Contact>(`customers/${customer.id}/contacts`);
  const editable = may('change') && !asOf;
  const whose = (consent: Consent) => (consent.contactId ? contacts.rows.find((contact) => contact.id === consent.contactId)?.name : undefined);
  return (
    <RelatedBox
      title={t('consent.title')} count={query.rows.length}
      action={editable && !customer.archived && !customer.erased ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t('consent.add')} onClick={() => setOpen('new')} /> : null}
    >
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('consent.none')}</p> : null}
      <ul>
        {query.rows.map((consent) => (
          <li key={consent.id} className="contact">
            <span>{consent.purpose}{whose(consent) ? <span className="muted"> · {whose(consent)}</span> : null}</span>
            {editable && !consent.withdrawnOn ? <Button type="text" size="small" onClick={() => setOpen(consent)}>{t('consent.withdraw')}</Button> : <span />}
            <span className="contact__line">{t(`consent.by.${consent.channel}`)} · {consent.textVersion} · <DateText value={consent.givenOn} />{consent.withdrawnOn ? <> · {t('consent.withdrawnOn')} <DateText value={consent.withdrawnOn} /></> : null}</span>
          </li>
        ))}
      </ul>
      {open ? <ConsentDialog customer={customer} contacts={contacts.rows} consent={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} /> : null}
    </RelatedBox>
  );
};
