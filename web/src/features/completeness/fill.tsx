import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { CustomFieldEditor } from '@/components/custom-field-editor';
import { FieldEditor, FieldGroup } from '@/components/field-editor';
import type { Customer } from '@/lib/api-types';
import { useCustomFields } from '@/lib/fields';
import { useCan } from '@/lib/session';
import { usePlace } from './place';

const texts: Record<string, number> = { name: 200, phone: 40, email: 254, address: 300, website: 300, industry: 100, size: 100, source: 100, needs: 4000 };

/** What is missing in one file, each to be filled where it stands. What is about people at the customer is filled on the record. */
export const Fill = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('completeness');
  const run = useCommand();
  const place = usePlace();
  const fields = useCustomFields('customers');
  const may = useCan()('customers.change');
  const save = (body: object) => run({ method: 'PATCH', path: `customers/${customer.id}`, body, done: t('saved') });
  const missing = customer.missing ?? [];
  // A way to reach somebody is a number or an address of the customer itself, if there is nobody to ask.
  const shown = [...new Set(missing.flatMap((each) => (each === 'reachable' ? ['phone', 'email'] : [each])))];
  return (
    <FieldGroup title={t('fill')}>
      {shown.map((each) => {
        const own = each.startsWith('custom.') ? fields.find((field) => field.key === each.slice(7)) : undefined;
        if (own) return <CustomFieldEditor key={each} field={own} value={customer.custom[own.key]} save={may ? async (value) => (await save({ custom: { [own.key]: value } })) !== undefined : undefined} />;
        if (each === 'tier') return <FieldEditor<string | null> key={each} kind="select" options={['A', 'B', 'C', 'D'].map((tier) => ({ value: tier, label: tier }))} label={place(each)} value={null} save={may ? async (value) => (await save({ tier: value })) !== undefined : undefined} />;
        if (each === 'owner') return <FieldEditor<string | null> key={each} kind="user" label={place(each)} value={null} save={may ? async (value) => (await save({ ownerId: value })) !== undefined : undefined} />;
        if (texts[each]) return <FieldEditor<string | null> key={each} kind={each === 'needs' ? 'textarea' : 'text'} maxLength={texts[each]} label={place(each)} value={null} save={may ? async (value) => (await save({ [each]: value })) !== undefined : undefined} />;
        return <div key={each} className="field"><dt className="field__label">{place(each)}</dt><dd className="field__value"><Link to="/customers/$id" params={{ id: customer.id }}>{t('onRecord')}</Link></dd></div>;
      })}
    </FieldGroup>
  );
};
