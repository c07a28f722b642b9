import { DeleteOutlined, EditOutlined, HistoryOutlined, PlusOutlined, StarFilled } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BlameMark } from '@/components/blame';
import { useCommand } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { ReferenceText } from '@/components/reference-text';
import { DateText } from '@/components/values';
import type { Contact, Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useCustomFields, useFieldWords } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { useMay } from '@/lib/session';
import { InvalidMark } from './invalid-mark';
import { usePersonal } from './reveal';

const ContactDialog = lazy(() => import('./contact-dialog'));
const ContactLog = lazy(() => import('./contact-log'));

/** The people at a customer. */
export const ContactsBox = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const run = useCommand();
  const { asOf } = useAsOf();
  const { modal, message } = App.useApp();
  const [editing, setEditing] = useState<Contact | 'new'>();
  const [log, setLog] = useState<Contact>();
  const query = useList<Contact>(`customers/${customer.id}/contacts`);
  const personal = usePersonal();
  const fields = useCustomFields('contacts');
  const words = useFieldWords();
  const editable = may('change') && !asOf && !customer.archived && !customer.erased;
  const reach = (contact: Contact, field: 'phone' | 'email', scheme: string) => {
    const { value, open, extra } = personal(field, contact[field], contact.id);
    return value ? <span className="contact__line">{open ? <a href={`${scheme}:${value}`}>{value}</a> : value}{extra}<InvalidMark customer={customer} contact={contact} field={field} invalid={contact[`${field}Invalid`]} /><BlameMark field={`contacts.${contact.id}.${field}`} label={`${contact.name} ${t(`field.${field}`)}`} /></span> : null;
  };

  const drop = (contact: Contact) => modal.confirm({
    title: t('contact.removeTitle', { name: contact.name }), content: t('contact.removeText'), okText: t('contact.remove'), okButtonProps: { danger: true },
    onOk: () => run({ method: 'DELETE', path: `customers/${customer.id}/contacts/${contact.id}`, done: t('contact.removed') }).catch((error: unknown) => message.error(error instanceof Error ? error.message : '')),
  });
  return (
    <RelatedBox
      title={t('contact.title')} count={query.rows.length}
      action={editable ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t('contact.add')} onClick={() => setEditing('new')} /> : null}
    >
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('contact.none')}</p> : null}
      <ul>
        {query.rows.map((contact) => (
          <li key={contact.id} className="contact">
            <span>
              <span className="blamed"><span className="contact__name">{contact.name}</span><BlameMark field={`contacts.${contact.id}.name`} label={contact.name} /></span> {contact.isPrimary ? <StarFilled style={{ color: 'var(--warning)', fontSize: 12 }} role="img" aria-label={t('contact.isPrimary')} /> : null}
              {contact.position ? <span className="muted"> · <span className="blamed">{contact.position}<BlameMark field={`contacts.${contact.id}.position`} label={`${contact.name} ${t('field.position')}`} /></span></span> : null}
              {contact.leftAt ? <span className="muted"> · {t('contact.left')} <DateText value={contact.leftAt} /></span> : null}
            </span>
            {contact.erased ? null : (
              <span>
                <Button type="text" size="small" icon={<HistoryOutlined />} aria-label={t('contact.log', { name: contact.name })} onClick={() => setLog(contact)} />
                {editable ? <>
                <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('contact.edit', { name: contact.name })} onClick={() => setEditing(contact)} />
                <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('contact.removeTitle', { name: contact.name })} onClick={() => void drop(contact)} />
                </> : null}
              </span>
            )}
            {reach(contact, 'phone', 'tel')}
            {reach(contact, 'email', 'mailto')}
            {fields.filter((field) => contact.custom?.[field.key] !== undefined).map((field) => {
              const own = contact.custom?.[field.key];
              const { value, extra } = field.personal && typeof own === 'string' ? personal(`custom.${field.key}`, own, contact.id, words.label(field)) : { value: own, extra: null };
              return <span key={field.key} className="contact__line"><span className="muted">{words.label(field)}</span> <ReferenceText field={field} value={value} />{extra}</span>;
            })}
            {contact.decisionRole ? <span className="contact__line">{contact.decisionRole} <BlameMark field={`contacts.${contact.id}.decisionRole`} label={`${contact.name} ${t('field.decisionRole')}`} /></span> : null}
          </li>
        ))}
      </ul>
      <Suspense fallback={null}>{editing ? <ContactDialog customer={customer} contact={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}{log ? <ContactLog customerId={customer.id} contact={log} onClose={() => setLog(undefined)} /> : null}</Suspense>
    </RelatedBox>
  );
};
