import { CheckOutlined, CloseOutlined, EditOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { lazy, Suspense, useId, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldKind, FieldValue } from '@/components/field-input';
import { BlameMark } from '@/components/blame';
import { ProblemAlert } from '@/components/problem-alert';
import { useAsOf } from '@/lib/as-of';
import { readDraft, writeDraft, dropDraft } from '@/lib/drafts';
import { isProblem } from '@/lib/problem';
import './field-editor.css';

const FieldInput = lazy(() => import('@/components/field-input'));

export type FieldEditorProps<V extends FieldValue> = FieldKind & {
  label: string;
  value: V;
  /** How the value reads; the value itself when left out. */
  display?: ReactNode;
  /** Sends the change; a refusal is shown here. False: nothing was saved, stay open. */
  save?: (value: V) => Promise<boolean | void>;
  /** Stands beside the value while it is not edited, for example what shows more of it. */
  extra?: ReactNode;
  /** The field's name in the API, under which it can be asked who gave it its value; left out where it shows several. */
  field?: string;
  /** Key of the draft, when what is typed should survive a reload: `customers.{id}.needs`. */
  draftKey?: string;
};

const isEmpty = (value: FieldValue) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** A field that is edited where it stands: press the value, change it, Enter saves, Escape gives up. Read-only without `save` and in the past. */
export const FieldEditor = <V extends FieldValue>(props: FieldEditorProps<V>) => {
  const { label, value, display, save, draftKey, extra, field } = props;
  const { t } = useTranslation();
  const { asOf } = useAsOf();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const restored = draftKey ? readDraft<{ value: V }>(draftKey) : undefined;
  const [editing, setEditing] = useState(restored !== undefined && asOf === undefined && save !== undefined);
  const [draft, setDraft] = useState<FieldValue>(restored?.value ?? value);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const change = (next: FieldValue) => { setDraft(next); if (draftKey) writeDraft(draftKey, { value: next }); };
  const close = () => {
    if (draftKey) dropDraft(draftKey);
    setEditing(false);
    setError(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  const submit = async () => {
    const next = isEmpty(draft) ? null : typeof draft === 'string' ? draft.trim() : draft;
    if (JSON.stringify(next) === JSON.stringify(isEmpty(value) ? null : value)) { close(); return; }
    setBusy(true);
    setError(undefined);
    try { if ((await save?.((props.kind === 'tags' ? (next ?? []) : next) as V)) !== false) close(); } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') { event.stopPropagation(); close(); }
    if (event.key === 'Enter' && (props.kind === 'textarea' ? event.ctrlKey || event.metaKey : props.kind === 'text' || props.kind === 'number')) { event.preventDefault(); void submit(); }
  };

  const finding = isProblem(error) && error.errors.length === 1 ? error.errors[0] : undefined;
  const shown = isEmpty(value) ? <span className="muted">—</span> : (display ?? (Array.isArray(value) ? value.join('、') : String(value)));
  return (
    <div className="field">
      <dt className="field__label" id={`${id}-label`}>{label}</dt>
      <dd className="field__value">
        {editing && save && asOf === undefined ? (
          <div className="field__editor" onKeyDown={onKeyDown}>
            <Suspense fallback={<Input disabled />}><FieldInput {...props} id={id} disabled={busy} value={draft} onChange={change} /></Suspense>
            <div className="field__actions">
              <Button size="small" type="primary" icon={<CheckOutlined />} loading={busy} onClick={() => void submit()} aria-label={t('field.save', { label })} />
              <Button size="small" icon={<CloseOutlined />} disabled={busy} onClick={close} aria-label={t('field.cancel', { label })} />
            </div>
            {finding && !finding.context ? <p className="field__error" role="alert">{finding.message}</p> : error ? <ProblemAlert error={error} /> : null}
          </div>
        ) : save && asOf === undefined ? (
          <button ref={button} type="button" className="field__button" aria-label={t('field.edit', { label })} onClick={() => { setDraft(value); setEditing(true); }}>
            <span className="field__text">{shown}</span><EditOutlined className="field__pen" aria-hidden="true" />
          </button>
        ) : <span className="field__text">{shown}</span>}
        {editing ? null : extra}
        {editing || !field ? null : <BlameMark field={field} label={label} />}
      </dd>
    </div>
  );
};

/** A titled group of fields. */
export const FieldGroup = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="field-group">
    <h3>{title}</h3>
    <dl>{children}</dl>
  </section>
);
