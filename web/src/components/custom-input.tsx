import { useQuery } from '@tanstack/react-query';
import { Input, InputNumber, Radio, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DateField } from '@/components/date-field';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { CustomField, CustomValue, Money } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { isMoney, useFieldWords } from '@/lib/fields';
import { get } from '@/lib/http';
import { listPage } from '@/lib/quick-search';

interface Props { field: CustomField; value?: CustomValue; onChange?: (value: CustomValue) => void; id?: string; disabled?: boolean; autoFocus?: boolean; 'aria-label'?: string }

const currencies = ['CNY', 'USD', 'EUR', 'HKD', 'JPY', 'GBP'];

const MoneyInput = ({ value, onChange, label, ...rest }: { value?: Money; onChange?: (value: CustomValue) => void; label: string; id?: string; disabled?: boolean; autoFocus?: boolean }) => {
  const { t } = useTranslation();
  const currency = value?.currency ?? 'CNY';
  return (
    <Space.Compact style={{ width: '100%' }}>
      <InputNumber {...rest} style={{ width: '100%' }} aria-label={label} value={value?.amount ?? null} onChange={(amount) => onChange?.(amount === null ? null : { amount: Number(amount), currency })} />
      <Select style={{ width: 92 }} disabled={rest.disabled} aria-label={t('customField.currency', { field: label })} value={currency} options={currencies.map((code) => ({ value: code, label: code }))} onChange={(code: string) => { if (value) onChange?.({ amount: value.amount, currency: code }); }} />
    </Space.Compact>
  );
};

/** An opportunity or a product by its name. */
const RecordSelect = ({ resource, value, onChange, ...rest }: { resource: 'opportunities' | 'products'; value?: string | null; onChange?: (value: CustomValue) => void; id?: string; disabled?: boolean; 'aria-label'?: string }) => {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const q = useDebounced(typed.trim(), 200);
  const found = useQuery({ queryKey: [resource, 'choose', q], queryFn: async ({ signal }) => (await listPage<{ id: string; name: string }>(resource, { q, limit: 20 }, signal)).data, staleTime: 30_000 });
  const chosen = useQuery({ queryKey: [resource, value, 'record'], queryFn: ({ signal }) => get<{ id: string; name: string }>(`${resource}/${value}`, undefined, signal), enabled: Boolean(value) });
  const options = (found.data ?? []).map((record) => ({ value: record.id, label: record.name }));
  if (value && !options.some((option) => option.value === value)) options.unshift({ value, label: chosen.data?.name ?? '…' });
  return <Select {...rest} allowClear showSearch={{ filterOption: false, onSearch: setTyped }} options={options} value={value ?? undefined} notFoundContent={t('select.nothing')} onChange={(id: string | undefined) => onChange?.(id ?? null)} />;
};

const ReferencedCustomer = ({ value, ...rest }: { value?: string | null; onChange?: (value: string | undefined) => void; id?: string; disabled?: boolean; 'aria-label'?: string; autoFocus?: boolean }) => {
  const chosen = useQuery({ queryKey: ['customers', value, 'record', {}], queryFn: ({ signal }) => get<{ name: string }>(`customers/${value}`, undefined, signal), enabled: Boolean(value) });
  return <CustomerSelect {...rest} value={value} label={chosen.data?.name} />;
};

/** The input of a custom field, by what it holds. */
export const CustomInput = ({ field, value, onChange, ...rest }: Props) => {
  const { t } = useTranslation();
  const words = useFieldWords();
  const label = words.label(field);
  const common = { id: rest.id, disabled: rest.disabled, autoFocus: rest.autoFocus, 'aria-label': rest['aria-label'] ?? label };
  const options = field.choices.filter((choice) => !choice.retired || choice.code === value || (Array.isArray(value) && value.includes(choice.code))).map((choice) => ({ value: choice.code, label: words.label(choice) }));
  switch (field.type) {
    case 'number': return <InputNumber {...common} style={{ width: '100%' }} min={field.min ?? undefined} max={field.max ?? undefined} value={typeof value === 'number' ? value : null} onChange={(next) => onChange?.(next === null ? null : Number(next))} />;
    case 'money': return <MoneyInput {...common} label={common['aria-label']} value={isMoney(value) ? value : undefined} onChange={onChange} />;
    case 'date': return <DateField {...common} style={{ width: '100%' }} value={typeof value === 'string' ? value : undefined} onChange={(next) => onChange?.(next ?? null)} />;
    case 'choice': return <Select {...common} allowClear style={{ width: '100%' }} options={options} value={typeof value === 'string' ? value : undefined} onChange={(next: string | undefined) => onChange?.(next ?? null)} />;
    case 'multiChoice': return <Select {...common} mode="multiple" allowClear style={{ width: '100%' }} options={options} value={Array.isArray(value) ? value : []} onChange={(next: string[]) => onChange?.(next.length === 0 ? null : next)} />;
    case 'boolean': return (
      <Radio.Group
        id={rest.id} disabled={rest.disabled} aria-label={common['aria-label']} value={typeof value === 'boolean' ? value : null} optionType="button" onChange={(event) => onChange?.(event.target.value as boolean | null)}
        options={[{ value: true, label: t('yes') }, { value: false, label: t('no') }, ...(field.required ? [] : [{ value: null as never, label: '—' }])]}
      />
    );
    case 'reference': {
      const chosen = typeof value === 'string' ? value : null;
      if (field.referenceTo === 'users') return <UserSelect {...common} style={{ width: '100%' }} value={chosen} onChange={(next) => onChange?.(next ?? null)} />;
      if (field.referenceTo === 'customers') return <ReferencedCustomer {...common} value={chosen} onChange={(next) => onChange?.(next ?? null)} />;
      return <RecordSelect {...common} resource={field.referenceTo as 'products'} value={chosen} onChange={onChange} />;
    }
    default: return <Input {...common} autoComplete="off" maxLength={Math.min(field.max ?? 2000, 2000)} value={typeof value === 'string' ? value : ''} onChange={(event) => onChange?.(event.target.value)} />;
  }
};
