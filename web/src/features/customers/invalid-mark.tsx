import { StopOutlined } from '@ant-design/icons';
import { App, Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import type { Contact, Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { isProblem } from '@/lib/problem';
import { useFree, useMay } from '@/lib/session';

/** Says that a number is not in use or that mail to an address comes back, and lets people say so. A new value has no mark. */
export const InvalidMark = ({ customer, contact, field, invalid }: { customer: Customer; contact?: Contact; field: 'phone' | 'email'; invalid?: boolean }) => {
  const { t } = useTranslation('customers');
  const { message } = App.useApp();
  const { asOf } = useAsOf();
  const may = useMay('customers', customer)('change');
  const free = useFree('customers');
  const run = useCommand();
  const editable = may && free(contact ? `contacts.${field}` : field) && !asOf && !customer.archived && !customer.erased && !contact?.erased;
  const name = `${contact ? `${contact.name} · ` : ''}${t(`field.${field}`)}`;
  const set = (next: boolean) => void run({ method: 'PATCH', path: contact ? `customers/${customer.id}/contacts/${contact.id}` : `customers/${customer.id}`, body: { [`${field}Invalid`]: next }, done: t('saved') })
    .catch((error: unknown) => message.error(isProblem(error) ? error.message : t('common:problem.unexpected')));
  if (invalid) return (
    <Tag color="error" closable={editable} closeIcon={editable ? <span aria-hidden="true">×</span> : undefined} onClose={(event) => { event.preventDefault(); set(false); }} aria-label={t('invalid.unmark', { field: name })}>{t(`invalid.${field}`)}</Tag>
  );
  return editable ? <Button type="text" size="small" icon={<StopOutlined />} title={t('invalid.mark', { field: name })} aria-label={t('invalid.mark', { field: name })} onClick={() => set(true)} /> : null;
};
