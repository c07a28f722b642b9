import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldChange } from '@/lib/api-types';
import './change-table.css';

interface Words { fieldLabel?: (field: string) => string; fieldValue?: (field: string, value: unknown) => ReactNode }

const isEmpty = (value: unknown) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const scalar = (value: unknown): ReactNode => (typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value ? `${String(value.amount)} ${String(value.currency)}` : String(value));

/** What changed: field, before, after. */
export const ChangeTable = ({ changes, fieldLabel, fieldValue }: { changes: FieldChange[] } & Words) => {
  const { t } = useTranslation();
  const shown = (field: string, value: unknown): ReactNode => {
    if (isEmpty(value)) return <span className="muted">—</span>;
    const worded = fieldValue?.(field, value);
    if (worded !== undefined) return worded;
    if (Array.isArray(value)) return value.map((item, index) => <span key={index}>{index > 0 ? '、' : ''}{shown(field, item)}</span>);
    if (typeof value !== 'object' || value === null || 'currency' in value) return scalar(value);
    const members = Object.entries(value).filter(([name, member]) => !['id', 'at', 'authorId'].includes(name) && !isEmpty(member) && member !== false);
    return members.map(([name, member]) => <span key={name} className="changes__member">{fieldLabel?.(name) ?? name} {shown(name, member)}</span>);
  };
  if (changes.length === 0) return null;
  const first = changes.every((change) => isEmpty(change.before));
  return (
    <table className="changes">
      <thead className="visually-hidden"><tr><th scope="col">{t('history.field')}</th>{first ? null : <th scope="col">{t('history.before')}</th>}<th scope="col">{t('history.after')}</th></tr></thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{fieldLabel?.(change.field) ?? change.field}</th>
            {first ? null : <td>{isEmpty(change.before) ? shown(change.field, undefined) : <del>{shown(change.field, change.before)}</del>}</td>}
            <td><ins>{first ? null : <span className="changes__arrow" aria-hidden="true">→ </span>}{shown(change.field, change.after)}</ins></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
