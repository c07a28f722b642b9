import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { CustomDetails } from '@/components/custom-details';
import { FieldEditor, FieldGroup } from '@/components/field-editor';
import { DateText } from '@/components/values';
import type { CustomField, Customer, CustomValue } from '@/lib/api-types';
import { useFieldWords } from '@/lib/fields';
import { formatRatio } from '@/lib/format';
import { useFree, useLocale, useMay } from '@/lib/session';
import { InvalidMark } from './invalid-mark';
import { usePersonal } from './reveal';
import { useChoices, useCustomerWords } from './words';

/** The customer's fields in groups; each is edited where it stands and sent alone, so that two people who edit different fields never collide. */
export const CustomerDetails = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const { locale } = useLocale();
  const may = useMay('customers', customer);
  const free = useFree('customers');
  const run = useCommand();
  const choices = useChoices();
  const words = useCustomerWords();
  const personal = usePersonal();
  const fieldWords = useFieldWords();
  const revealed = (own: CustomField, value: CustomValue | undefined) => (own.personal && typeof value === 'string' ? personal(`custom.${own.key}`, value, undefined, fieldWords.label(own)) : { value, extra: null });
  const field = <K extends keyof Customer>(name: K) => ({
    label: t(`field.${name}`),
    field: name as string,
    save: may('change') && free(name) && !customer.archived && !customer.erased
      ? async (value: Customer[K]) => (await run({ method: 'PATCH', path: `customers/${customer.id}`, body: { [name]: value }, version: customer.version, done: t('saved'), ...words })) !== undefined
      : undefined,
  });
  const text = (name: 'name' | 'shortName' | 'industry' | 'source' | 'address' | 'website', maxLength = 200) =>
    <FieldEditor<string | null | undefined> kind="text" maxLength={maxLength} value={customer[name]} {...(field(name) as { label: string; save?: (value: string | null | undefined) => Promise<boolean> })} />;
  const secret = (name: 'phone' | 'email' | 'idNumber' | 'bankCard', maxLength: number) => {
    const { value, extra } = personal(name, customer[name]);
    return <FieldEditor<string | null | undefined> kind="text" maxLength={maxLength} value={value} extra={<>{extra}{(name === 'phone' || name === 'email') && value ? <InvalidMark customer={customer} field={name} invalid={customer[`${name}Invalid`]} /> : null}</>} {...(field(name) as { label: string; save?: (value: string | null | undefined) => Promise<boolean> })} />;
  };
  const keys = Object.entries(customer.externalKeys ?? {});

  return (
    <>
      <FieldGroup title={t('group.basic')}>
        {text('name')}
        {text('shortName', 100)}
        <FieldEditor kind="text" field="kind" label={t('field.kind')} value={t(`kind.${customer.kind}`)} />
        <FieldEditor kind="select" clearable options={choices.tiers} value={customer.tier as string | null} display={customer.tier ? t('tierOf', { tier: customer.tier }) : undefined} {...(field('tier') as { label: string; save?: (value: string | null) => Promise<boolean> })} />
        {text('industry', 100)}
        <FieldEditor<string | null | undefined> kind="select" clearable options={choices.sizes} value={customer.size} display={choices.sizes.find((size) => size.value === customer.size)?.label} {...field('size')} />
        {text('source', 100)}
        <FieldEditor<string | null | undefined> kind="customer" value={customer.parentId} valueLabel={customer.parentName} display={customer.parentName} {...field('parentId')} />
      </FieldGroup>
      <FieldGroup title={t('group.reach')}>
        {secret('phone', 40)}
        {secret('email', 254)}
        {text('address', 300)}
        {text('website', 300)}
        {customer.kind === 'person' ? <>{secret('idNumber', 30)}{secret('bankCard', 40)}</> : null}
      </FieldGroup>
      <FieldGroup title={t('group.needs')}>
        <FieldEditor<string | null | undefined> kind="textarea" value={customer.needs} draftKey={`customers.${customer.id}.needs`} {...field('needs')} />
      </FieldGroup>
      <CustomDetails
        target="customers" record={customer} reveal={revealed}
        save={may('change') && !customer.archived && !customer.erased
          ? async (body) => (await run({ method: 'PATCH', path: `customers/${customer.id}`, body, version: customer.version, done: t('saved'), ...words })) !== undefined : undefined}
      />
      <FieldGroup title={t('group.system')}>
        {customer.completeness === null || customer.completeness === undefined ? null : <FieldEditor kind="text" label={t('field.completeness')} value={formatRatio(customer.completeness > 1 ? customer.completeness / 100 : customer.completeness, locale, 0)} />}
        {keys.map(([system, value]) => <FieldEditor key={system} field={`externalKeys.${system}`} kind="text" label={system} value={value} />)}
        <FieldEditor field="createdAt" kind="text" label={t('field.createdAt')} value={customer.createdAt} display={<><DateText value={customer.createdAt} as="instant" />{customer.createdByName ? ` · ${customer.createdByName}` : ''}</>} />
        <FieldEditor kind="text" label={t('field.updatedAt')} value={customer.updatedAt} display={<DateText value={customer.updatedAt} as="instant" />} />
      </FieldGroup>
    </>
  );
};
