import { CheckOutlined, CloseOutlined, EditOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { lazy, Suspense, useId, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { BlameMark } from '@/components/blame';
import { ProblemAlert } from '@/components/problem-alert';
import { ReferenceText } from '@/components/reference-text';
import type { CustomField, CustomValue } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useFieldWords } from '@/lib/fields';
import { isProblem } from '@/lib/problem';
import './field-editor.css';

const CustomInput = lazy(async () => ({ default: (await import('@/components/custom-input')).CustomInput }));

/** `extra` stands beside the value, such as the way to see what is masked. */
interface Props { field: CustomField; value: CustomValue | undefined; extra?: ReactNode; save?: (value: CustomValue) => Promise<boolean | void> }

/** A custom field that is edited where it stands. Without `save`, and in the past, it can only be read. A retired one can only be emptied. */
export const CustomFieldEditor = ({ field, value, extra, save }: Props) => {
  const { t } = useTranslation();
  const { asOf } = useAsOf();
  const words = useFieldWords();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [editing, setEditing] = useState(false);
  const [draft, setDraft] = useState<CustomValue | undefined>(value);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const name = words.label(field);
  // The mask of a value must not come back as one.
  const masked = field.personal && typeof value === 'string' && value.includes('***');
  const label = field.retired ? t('customField.retired', { field: name }) : name;

  const close = () => { setEditing(false); setError(undefined); requestAnimationFrame(() => button.current?.focus()); };
  const submit = async (next: CustomValue | undefined) => {
    const sent = next === undefined || next === '' ? null : next;
    if (JSON.stringify(sent) === JSON.stringify(value ?? null) || (masked && draft === undefined && next === undefined)) { close(); return; }
    setBusy(true);
    setError(undefined);
    try { if ((await save?.(sent)) !== false) close(); } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') { event.stopPropagation(); close(); }
    if (event.key === 'Enter' && (field.type === 'text' || field.type === 'number')) { event.preventDefault(); void submit(draft); }
  };
  const finding = isProblem(error) && error.errors.length === 1 ? error.errors[0] : undefined;
  const shown = <ReferenceText field={field} value={value} />;
  return (
    <div className="field">
      <dt className="field__label">{label}</dt>
      <dd className="field__value">
        {editing && save && asOf === undefined ? (
          <div className="field__editor" onKeyDown={onKeyDown}>
            <Suspense fallback={<Input disabled />}><CustomInput id={id} field={field} autoFocus disabled={busy || field.retired} value={draft} onChange={setDraft} aria-label={name} /></Suspense>
            <div className="field__actions">
              {field.retired
                ? <Button size="small" danger loading={busy} onClick={() => void submit(null)}>{t('customField.empty')}</Button>
                : <Button size="small" type="primary" icon={<CheckOutlined />} loading={busy} onClick={() => void submit(draft)} aria-label={t('field.save', { label: name })} />}
              <Button size="small" icon={<CloseOutlined />} disabled={busy} onClick={close} aria-label={t('field.cancel', { label: name })} />
            </div>
            {finding ? <p className="field__error" role="alert">{finding.message}</p> : error ? <ProblemAlert error={error} /> : words.help(field) ? <p className="muted">{words.help(field)}</p> : null}
          </div>
        ) : save && asOf === undefined ? (
          <button ref={button} type="button" className="field__button" aria-label={t('field.edit', { label: name })} onClick={() => { setDraft(masked ? undefined : value); setEditing(true); }}>
            <span className="field__text">{shown}</span><EditOutlined className="field__pen" aria-hidden="true" />
          </button>
        ) : <span className="field__text">{shown}</span>}
        {editing ? null : extra}
        {editing ? null : <BlameMark field={`custom.${field.key}`} label={name} />}
      </dd>
    </div>
  );
};
