import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldChange } from '@/lib/api-types';
import './change-table.css';

interface Words { fieldLabel?: (field: string) => string; fieldValue?: (field: string, value: unknown) => ReactNode }

const isEmpty = (value: unknown) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const plain = (value: unknown): ReactNode => {
  if (isEmpty(value)) return <span className="muted">—</span>;
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join('、');
  if (typeof value === 'object' && value !== null) return 'amount' in value && 'currency' in value ? `${String(value.amount)} ${String(value.currency)}` : JSON.stringify(value);
  return String(value);
};

/** What changed: field, before, after. */
export const ChangeTable = ({ changes, fieldLabel, fieldValue }: { changes: FieldChange[] } & Words) => {
  const { t } = useTranslation();
  const shown = (field: string, value: unknown) => (value === null || value === undefined ? plain(value) : (fieldValue?.(field, value) ?? plain(value)));
  if (changes.length === 0) return null;
  return (
    <table className="changes">
      <thead className="visually-hidden"><tr><th scope="col">{t('history.field')}</th><th scope="col">{t('history.before')}</th><th scope="col">{t('history.after')}</th></tr></thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{fieldLabel?.(change.field) ?? change.field}</th>
            <td>{isEmpty(change.before) ? plain(undefined) : <del>{shown(change.field, change.before)}</del>}</td>
            <td aria-hidden="true" className="changes__arrow">→</td>
            <td><ins>{shown(change.field, change.after)}</ins></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
