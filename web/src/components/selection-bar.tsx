import { Button, Dropdown } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '@/components/data-list';
import { ProblemAlert } from '@/components/problem-alert';
import { useAsOf } from '@/lib/as-of';
import { useBulkCommands, type BulkCommand, type ListResource } from '@/lib/bulk-commands';
import { formatNumber } from '@/lib/format';
import type { ListParams } from '@/lib/lists';
import { usePhone } from '@/lib/preferences';
import { listPage } from '@/lib/quick-search';
import { useCan, useLocale } from '@/lib/session';
import './bulk.css';

const BulkDialog = lazy(() => import('./bulk-dialog'));
/** Most records that are named one by one; more are meant by the filter. */
const mostPicked = 500;

/** What is picked in a list; it ends with the filter or order it was picked in. Undefined for who can do nothing with it. */
export const useSelection = <T extends { id: string }>(resource: ListResource, params: ListParams, rows: T[]): Selection | undefined => {
  const can = useCan();
  const useful = useBulkCommands(resource).length > 0 || can(`${resource}.export`);
  const list = JSON.stringify(params);
  const [picked, setPicked] = useState<{ list: string; keys: ReadonlySet<string>; all?: number; picking?: boolean }>({ list, keys: new Set() });
  return useMemo(() => {
    if (!useful) return undefined;
    const { keys, all, picking } = picked.list === list ? picked : { keys: new Set<string>(), all: undefined, picking: picked.picking };
    // What is not in the list any more cannot be seen, so it is not picked either.
    const shown = rows.map((row) => row.id).filter((id) => all !== undefined || keys.has(id));
    return {
      keys: new Set(shown), all, picking: picking ?? false,
      set: (next) => setPicked({ list, keys: next, picking }),
      setAll: (count) => setPicked({ list, keys: new Set(), all: count, picking }),
      setPicking: (next) => setPicked({ list, keys: new Set(), picking: next }),
    };
  }, [list, picked, rows, useful]);
};

/** Turns picking on, where rows have no box for it: on a phone. */
export const PickButton = ({ selection }: { selection?: Selection }) => {
  const { t } = useTranslation();
  const phone = usePhone();
  if (!selection || !phone) return null;
  return <Button aria-pressed={selection.picking} onClick={() => selection.setPicking(!selection.picking)}>{t(selection.picking ? 'bulk.pickEnd' : 'bulk.pick')}</Button>;
};

interface Props {
  resource: ListResource;
  params: ListParams;
  selection?: Selection;
  /** Whether the list goes on beyond the rows that are loaded. */
  hasMore: boolean;
  /** Commands that make no sense with what the list shows. */
  without?: BulkCommand['code'][];
  onStarted?: () => void;
}

/** What is picked, how to pick everything that matches, and what can be done with it. */
export const SelectionBar = ({ resource, params, selection, hasMore, without = [], onStarted }: Props) => {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { query: past } = useAsOf();
  const phone = usePhone();
  const [chosen, setChosen] = useState<BulkCommand>();
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const commands = useBulkCommands(resource).filter((command) => !without.includes(command.code));
  if (!selection || (selection.keys.size === 0 && selection.all === undefined)) return null;
  const count = selection.all ?? selection.keys.size;
  const tooMany = selection.all === undefined && count > mostPicked;

  const pickAll = async () => {
    setAsking(true);
    setFailure(undefined);
    try {
      const found = await listPage(resource, { ...params, ...past, fields: 'id', limit: 1, count: 'exact' });
      selection.setAll(found.count ?? 0);
    } catch (problem) { setFailure(problem); } finally { setAsking(false); }
  };
  const items = commands.map((command) => ({ key: command.code, label: t(`bulk.command.${command.code}`), danger: command.danger, onClick: () => setChosen(command) }));
  return (
    <section className="selection-bar" aria-label={t('bulk.bar')}>
      <span className="nowrap" role="status">{selection.all === undefined ? t('list.selected', { count }) : t('bulk.allSelected', { count: selection.all, number: formatNumber(selection.all, locale) })}</span>
      {(hasMore || tooMany) && selection.all === undefined ? <Button size="small" type="link" loading={asking} onClick={() => void pickAll()}>{t('bulk.selectAll')}</Button> : null}
      {tooMany && commands.length > 0 ? <span className="muted">{t('bulk.tooMany', { count: mostPicked })}</span>
        : phone && items.length > 1 ? <Dropdown trigger={['click']} menu={{ items }}><Button size="small">{t('bulk.commands')}</Button></Dropdown>
        : commands.map((command) => <Button key={command.code} size="small" danger={command.danger} onClick={() => setChosen(command)}>{t(`bulk.command.${command.code}`)}</Button>)}
      <Button size="small" type="text" onClick={() => selection.set(new Set())}>{t('bulk.clear')}</Button>
      <ProblemAlert error={failure} />
      {chosen ? (
        <Suspense>
          <BulkDialog
            resource={resource} command={chosen} count={count} records={selection.all === undefined ? { ids: [...selection.keys] } : { query: { q: params.q, filter: params.filter } }}
            onClose={() => setChosen(undefined)} onStarted={() => { setChosen(undefined); selection.setPicking(false); onStarted?.(); }}
          />
        </Suspense>
      ) : null}
    </section>
  );
};
