import { Link } from '@tanstack/react-router';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { ImportJob } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { RowChanges, type RowChange, type RowConflict } from './row-changes';
import type { ImportTarget } from './use-import';

interface Row { row: number; verdict: string | null; values: Record<string, string>; messages: { code: string; field?: string | null; severity: string; message: string }[]; recordId?: string | null; changes: RowChange[]; conflicts: RowConflict[] }
const verdicts = ['all', 'error', 'warning', 'create', 'update', 'unchanged', 'skip', 'kept'] as const;

/** The rows with what becomes, or became, of each. */
export const RowsTable = ({ job, target }: { job: ImportJob; target?: ImportTarget }) => {
  const { t } = useTranslation('imports');
  const [verdict, setVerdict] = useState<(typeof verdicts)[number]>('all');
  const rows = useList<Row>(`imports/${job.id}/rows`, { verdict: verdict === 'all' ? undefined : verdict, run: job.version });
  /** The identity of a record is known before it exists, and after a revert it exists no more. */
  const absent = (row: Row) => row.verdict === 'create' && (job.status === 'checked' || job.status === 'reverted');
  const offered = verdicts.filter((value) => value !== 'kept' || job.status === 'reverted');
  const shown = job.columns.filter((column) => column.field).slice(0, 4);
  const columns: Column<Row>[] = [
    { key: 'row', title: t('rows.number'), width: 60, align: 'right', render: (row) => <span className="number">{row.row}</span> },
    { key: 'verdict', title: t('rows.verdict'), width: 90, render: (row) => (row.verdict ? t(`verdict.${row.verdict}`) : '') },
    ...shown.map((column): Column<Row> => ({ key: String(column.index), title: column.name, width: 200, render: (row) => row.values[column.name] ?? '' })),
    { key: 'changes', title: t('rows.changes'), width: 300, render: (row) => <RowChanges changes={row.changes} conflicts={row.conflicts} target={target} /> },
    { key: 'messages', title: t('rows.messages'), width: 320, render: (row) => <span className={row.verdict === 'error' ? 'import-error' : 'import-warning'} title={row.messages.map((each) => each.message).join('\n')}>{row.messages.map((each) => each.message).join('；')}</span> },
    { key: 'record', title: '', width: 70, render: (row) => (absent(row) ? null : row.recordId && job.target === 'customers' ? <Link to="/customers/$id" params={{ id: row.recordId }}>{t('rows.open')}</Link> : row.recordId && job.target === 'opportunities' ? <Link to="/opportunities/$id" params={{ id: row.recordId }}>{t('rows.open')}</Link> : null) },
  ];
  return (
    <section className="import-rows" aria-label={t('rows.label')}>
      <div className="import-mapping__head"><h2>{t('rows.label')}</h2><Segmented size="small" aria-label={t('rows.filter')} value={verdict} options={offered.map((value) => ({ value, label: t(`verdict.${value}`) }))} onChange={setVerdict} /></div>
      <DataList<Row>
        label={t('rows.label')} query={rows} rowKey={(row) => String(row.row)} columns={columns}
        card={(row) => <div className="import-card"><b>{t('rows.numbered', { row: row.row })} {row.verdict ? t(`verdict.${row.verdict}`) : ''}</b><span>{shown.map((column) => row.values[column.name]).filter(Boolean).join(' · ')}</span><RowChanges changes={row.changes} conflicts={row.conflicts} target={target} /><span className="import-warning">{row.messages.map((each) => each.message).join('；')}</span></div>}
        empty={<EmptyState title={t('rows.none')} />}
      />
    </section>
  );
};
