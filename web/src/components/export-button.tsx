import { ExportOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '@/components/data-list';
import { useAsOf } from '@/lib/as-of';
import { loadTexts } from '@/lib/i18n';
import type { ListParams } from '@/lib/lists';
import { useCan } from '@/lib/session';

const ExportDialog = lazy(async () => (await Promise.all([import('./export-dialog'), loadTexts('exports')]))[0]);

/** What is picked in a list that can be exported; it ends with the filter or order it was picked in. Undefined for who may not export. */
export const useSelection = <T extends { id: string }>(resource: string, params: ListParams, rows: T[]): Selection | undefined => {
  const can = useCan();
  const list = JSON.stringify(params);
  const [picked, setPicked] = useState<{ list: string; keys: ReadonlySet<string> }>({ list, keys: new Set() });
  return useMemo(() => {
    if (!can(`${resource}.export`)) return undefined;
    // What is not in the list any more cannot be seen, so it is not picked either.
    const keys = picked.list === list ? new Set(rows.map((row) => row.id).filter((id) => picked.keys.has(id))) : new Set<string>();
    return { keys, set: (next) => setPicked({ list, keys: next }) };
  }, [can, list, picked, resource, rows]);
};

/** Exports what the list shows, or of it what is picked. Not there for who may not. */
export const ExportButton = ({ resource, params, selection }: { resource: 'customers' | 'opportunities' | 'tickets'; params: ListParams; selection?: Selection }) => {
  const { t } = useTranslation();
  const { query: past } = useAsOf();
  const [open, setOpen] = useState(false);
  if (!selection) return null;
  const count = selection.keys.size;
  return (
    <>
      {count > 0 ? <span className="muted nowrap" role="status">{t('list.selected', { count })}</span> : null}
      <Button icon={<ExportOutlined />} onClick={() => setOpen(true)}>{t('list.export')}</Button>
      {open ? <Suspense><ExportDialog resource={resource} list={{ q: params.q, filter: params.filter, sort: params.sort, ...past }} ids={count > 0 ? [...selection.keys] : undefined} onClose={() => setOpen(false)} /></Suspense> : null}
    </>
  );
};
