import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { ImportTarget } from './use-import';

export interface RowChange { field: string; before?: unknown; after?: unknown }
export interface RowConflict { field: string; imported?: unknown; current?: unknown; changedBy?: string | null; changedByName?: string | null; changedAt?: string | null }

/** The name of a field, of an own one without its prefix. */
export const fieldLabel = (code: string, target: ImportTarget | undefined, language: string) => {
  const field = target?.fields.find((each) => each.code === code);
  return field ? (language === 'en' ? field.nameEn : field.name) : code.replace(/^(custom|externalKeys)\./, '');
};

/** A value in few words: of a contact its parts, of a list its items. */
const words = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(words).join(', ');
  if (typeof value === 'object') return Object.entries(value).filter(([key, part]) => key !== 'id' && typeof part === 'string').map(([, part]) => String(part)).join(' · ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** What a row changes in a record on file, before and after, and what a revert left alone because somebody changed it since. */
export const RowChanges = ({ changes, conflicts, target }: { changes: RowChange[]; conflicts: RowConflict[]; target?: ImportTarget }) => {
  const { t, i18n } = useTranslation('imports');
  const label = (code: string) => (code.startsWith('contacts.') ? t('rows.contact') : fieldLabel(code, target, i18n.language));
  const value = (each: unknown) => words(each) || t('rows.blank');
  if (changes.length + conflicts.length === 0) return null;
  return (
    <ul className="import-changes">
      {changes.map((each) => <li key={each.field}><b>{label(each.field)}</b> <del>{value(each.before)}</del> <span aria-hidden="true">→</span> <ins>{value(each.after)}</ins></li>)}
      {conflicts.map((each) => (
        <li key={`kept ${each.field}`} className="import-warning">
          {t('rows.kept', { field: label(each.field), imported: value(each.imported), current: value(each.current), who: each.changedByName ?? each.changedBy ?? '' })}
          {each.changedAt ? <> <DateText value={each.changedAt} as="instant" /></> : null}
        </li>
      ))}
    </ul>
  );
};
