import { ControlOutlined } from '@ant-design/icons';
import { Button, Checkbox, Drawer, Input, InputNumber, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DateField } from '@/components/date-field';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { CustomField } from '@/lib/api-types';
import { useFieldWords } from '@/lib/fields';
import type { OwnFilter } from '@/lib/own-filter';
import './custom-filter.css';

type OwnValue = OwnFilter[string];

const Condition = ({ field, value, onChange }: { field: CustomField; value: OwnValue | undefined; onChange: (value: OwnValue | undefined) => void }) => {
  const { t } = useTranslation();
  const words = useFieldWords();
  const label = t('ownFilter.by', { field: words.label(field) });
  const range = typeof value === 'object' && !Array.isArray(value) ? value : {};
  const ranged = (change: { from?: string | number; to?: string | number }) => {
    const next = { ...range, ...change };
    onChange(next.from === undefined && next.to === undefined ? undefined : next);
  };
  switch (field.type) {
    case 'boolean': return <Radio.Group optionType="button" aria-label={label} value={value ?? 'any'} onChange={(event) => onChange(event.target.value === 'any' ? undefined : (event.target.value as boolean))} options={[{ value: 'any' as never, label: t('ownFilter.any') }, { value: true as never, label: t('yes') }, { value: false as never, label: t('no') }]} />;
    case 'choice':
    case 'multiChoice': {
      const codes = Array.isArray(value) ? value.filter((code) => code !== ':') : [];
      return (
        <Select
          mode="multiple" allowClear aria-label={label} style={{ width: '100%' }} value={codes} options={field.choices.map((choice) => ({ value: choice.code, label: words.label(choice) }))}
          onChange={(next: string[]) => onChange(next.length === 0 ? undefined : field.type === 'multiChoice' ? [':', ...next] : next)}
        />
      );
    }
    case 'number':
    case 'money': return (
      <span className="own-filter__range">
        <InputNumber aria-label={`${label} ≥`} placeholder="≥" value={range.from as number | undefined} onChange={(from) => ranged({ from: from ?? undefined })} />
        <InputNumber aria-label={`${label} ≤`} placeholder="≤" value={range.to as number | undefined} onChange={(to) => ranged({ to: to ?? undefined })} />
      </span>
    );
    case 'date': return (
      <span className="own-filter__range">
        <DateField aria-label={`${label} ≥`} value={range.from as string | undefined} onChange={(from) => ranged({ from: from ?? undefined })} />
        <DateField aria-label={`${label} ≤`} value={range.to as string | undefined} onChange={(to) => ranged({ to: to ?? undefined })} />
      </span>
    );
    case 'reference': {
      const id = Array.isArray(value) ? value[0] : undefined;
      const set = (next: string | undefined) => onChange(next ? [next] : undefined);
      if (field.referenceTo === 'users') return <UserSelect aria-label={label} value={id} onChange={set} style={{ width: '100%' }} />;
      if (field.referenceTo === 'customers') return <CustomerSelect aria-label={label} value={id} onChange={set} style={{ width: '100%' }} />;
      return <Input aria-label={label} placeholder="ID" value={id ?? ''} onChange={(event) => set(event.target.value.trim() || undefined)} />;
    }
    default: return <Input aria-label={label} allowClear value={typeof value === 'string' ? value : ''} onChange={(event) => onChange(event.target.value || undefined)} />;
  }
};

/** Narrows the list by custom fields, and chooses which of them are columns. */
export const CustomFilter = ({ fields, own, cols, onChange }: { fields: CustomField[]; own?: OwnFilter; cols?: string[]; onChange: (change: { own?: OwnFilter; cols?: string[] }) => void }) => {
  const { t } = useTranslation();
  const words = useFieldWords();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<OwnFilter>({});
  const [shown, setShown] = useState<string[]>([]);
  const active = Object.keys(own ?? {}).length;
  const start = () => { setDraft(own ?? {}); setShown(cols ?? []); setOpen(true); };
  const set = (key: string, value: OwnValue | undefined) => setDraft((before) => Object.fromEntries([...Object.entries(before).filter(([each]) => each !== key), ...(value === undefined ? [] : [[key, value] as const])]));
  const apply = () => { onChange({ own: Object.keys(draft).length > 0 ? draft : undefined, cols: shown.length > 0 ? shown : undefined }); setOpen(false); };
  return (
    <>
      <Button icon={<ControlOutlined />} onClick={start}>{active > 0 ? t('ownFilter.buttonWith', { count: active }) : t('ownFilter.button')}</Button>
      <Drawer
        open={open} title={t('ownFilter.title')} onClose={() => setOpen(false)}
        footer={<><Button type="primary" onClick={apply}>{t('ownFilter.apply')}</Button> <Button onClick={() => { setDraft({}); }}>{t('filter.clear')}</Button></>}
      >
        {fields.map((field) => (
          <div key={field.key} className="own-filter">
            <div className="own-filter__head">
              <b>{field.retired ? t('customField.retired', { field: words.label(field) }) : words.label(field)}</b>
              <Checkbox checked={shown.includes(field.key)} aria-label={t('ownFilter.columnOf', { field: words.label(field) })} onChange={(event) => setShown((before) => (event.target.checked ? [...before, field.key] : before.filter((key) => key !== field.key)))}>{t('ownFilter.column')}</Checkbox>
            </div>
            <Condition field={field} value={draft[field.key]} onChange={(value) => set(field.key, value)} />
          </div>
        ))}
      </Drawer>
    </>
  );
};
