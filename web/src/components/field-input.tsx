import { Input, Select } from 'antd';
import { DateField } from '@/components/date-field';
import { CustomerSelect, UserSelect } from '@/components/selects';

export type FieldKind =
  | { kind: 'text' | 'textarea'; maxLength?: number }
  | { kind: 'number'; min?: number; max?: number; suffix?: string }
  | { kind: 'date' }
  | { kind: 'select'; options: { value: string; label: string }[]; clearable?: boolean }
  | { kind: 'tags'; options?: { value: string; label: string }[] }
  | { kind: 'user' | 'customer'; valueLabel?: string | null };

export type FieldValue = string | number | string[] | null | undefined;

/** The input of a field while it is edited; loaded with the first edit. */
const FieldInput = (props: FieldKind & { label: string; id: string; disabled: boolean; value: FieldValue; onChange: (value: FieldValue) => void }) => {
  const { value, onChange } = props;
  const common = { id: props.id, autoFocus: true, 'aria-label': props.label, disabled: props.disabled, style: { width: '100%' } };
  switch (props.kind) {
    case 'textarea': return <Input.TextArea {...common} autoSize={{ minRows: 2, maxRows: 10 }} maxLength={props.maxLength ?? 4000} value={(value as string) ?? ''} onChange={(event) => onChange(event.target.value)} />;
    case 'number': return (
      <Input
        {...common} type="number" inputMode="decimal" min={props.min} max={props.max} step="any" suffix={props.suffix} value={value === null || value === undefined ? '' : String(value)}
        onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
      />
    );
    case 'date': return <DateField {...common} value={value as string | null} onChange={onChange} />;
    case 'select': return <Select {...common} allowClear={props.clearable} options={props.options} value={(value as string) ?? undefined} onChange={(next) => onChange(next ?? null)} />;
    case 'tags': return <Select {...common} mode="tags" options={props.options} value={(value as string[]) ?? []} onChange={onChange} tokenSeparators={[',', '，', ';', '；']} />;
    case 'user': return <UserSelect {...common} value={value as string | null} onChange={(next) => onChange(next ?? null)} />;
    case 'customer': return <CustomerSelect {...common} value={value as string | null} label={props.valueLabel} onChange={(next) => onChange(next ?? null)} />;
    default: return <Input {...common} maxLength={props.maxLength ?? 400} value={(value as string) ?? ''} onChange={(event) => onChange(event.target.value)} />;
  }
};
export default FieldInput;
