import { CaretDownFilled, CaretUpFilled } from '@ant-design/icons';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Button, Checkbox } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { ListQuery } from '@/lib/lists';
import { usePhone } from '@/lib/preferences';
import './data-list.css';

export interface Column<T> {
  key: string;
  title: string;
  render: (row: T) => ReactNode;
  /** Pixels on a screen of the usual width; the columns share what there is in this proportion. */
  width: number;
  align?: 'right';
  /** Field name of the API's `sort` when the column can be sorted. */
  sort?: string;
}
/** The rows that are picked: one by one, or everything that matches. */
export interface Selection {
  keys: ReadonlySet<string>;
  set: (keys: ReadonlySet<string>) => void;
  /** How many there are when everything that matches is picked. */
  all?: number;
  setAll: (count: number) => void;
  /** Whether cards on a phone can be picked at the moment. */
  picking: boolean;
  setPicking: (picking: boolean) => void;
}
interface Props<T> {
  /** Name of the table for people who hear it. */
  label: string;
  query: ListQuery<T>;
  rowKey: (row: T) => string;
  /** The first column holds the link to the record; the whole row follows it with the mouse. */
  columns: Column<T>[];
  /** One row on a phone. */
  card: (row: T) => ReactNode;
  onOpen?: (row: T) => void;
  empty: ReactNode;
  sort?: string;
  onSort?: (sort: string | undefined) => void;
  /** Rows can be picked; on a phone while that is turned on. */
  selection?: Selection;
  /** What a row is called to people who pick it by ear. */
  rowName?: (row: T) => string;
}

const rowHeight = 40;
const nextSort = (field: string, sort: string | undefined) => (sort === field ? `-${field}` : sort === `-${field}` ? undefined : field);

/** A list: virtual rows in a table, cards on a phone; the next page comes when the end is near. */
export const DataList = <T,>({ label, query, rowKey, columns, card, onOpen, empty, sort, onSort, selection, rowName }: Props<T>) => {
  const { t } = useTranslation();
  const phone = usePhone();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  // eslint-disable-next-line react-hooks/incompatible-library -- the page is built without the React compiler, which alone would memoize these functions
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? 88 : rowHeight),
    getItemKey: (index) => rowKey(rows[index]!),
    overscan: 12,
    initialRect: { width: 1200, height: 900 },
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !query.error && last >= rows.length - 20) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, last, query.error, rows.length]);

  if (query.isPending && !query.error) return <div className="data-list__waiting" aria-busy="true" aria-label={t('loading')}>{Array.from({ length: 10 }, (_, index) => <div key={index} className="data-list__bar" />)}</div>;
  if (query.error && rows.length === 0) return <div className="data-list__waiting"><ProblemAlert error={query.error} onRetry={() => void query.refetch()} /></div>;
  if (rows.length === 0) return <>{empty}</>;

  const toggle = (key: string) => { const keys = new Set(selection!.keys); if (!keys.delete(key)) keys.add(key); selection!.set(keys); };
  const every = selection !== undefined && rows.every((row) => selection.keys.has(rowKey(row)));
  const span = columns.length + (selection ? 1 : 0);
  const total = columns.reduce((sum, column) => sum + column.width, 0);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  const open = (row: T) => (event: React.MouseEvent) => {
    if (event.defaultPrevented || (event.target as HTMLElement).closest('a, button, input, label, .data-list__pick, [role="combobox"]')) return;
    if (getSelection()?.toString()) return;
    onOpen?.(row);
  };
  const pick = (row: T) => (event: React.MouseEvent) => { if (!(event.target as HTMLElement).closest('a, button, input, label')) toggle(rowKey(row)); };
  const more = (
    <div className="data-list__more" role="status">
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void fetchNextPage()} />
        : hasNextPage ? <Button size="small" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('list.more')}</Button>
        : <span className="muted">{t('list.end', { count: rows.length })}</span>}
    </div>
  );

  if (phone) return (
    <div className="data-list" ref={scroller} data-updating={query.isPlaceholderData}>
      <ul aria-label={label} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <li key={item.key} ref={virtual.measureElement} data-index={item.index} className="data-list__card" data-picking={selection?.picking || undefined} style={{ transform: `translateY(${item.start}px)` }} onClick={selection?.picking ? pick(row) : onOpen ? open(row) : undefined}>
              {selection?.picking ? <Checkbox className="data-list__pick" aria-label={t('list.select', { name: rowName?.(row) ?? '' })} checked={selection.keys.has(rowKey(row))} onChange={() => toggle(rowKey(row))} /> : null}
              {selection?.picking ? <div>{card(row)}</div> : card(row)}
            </li>
          );
        })}
      </ul>
      {more}
    </div>
  );
  return (
    <div className="data-list" ref={scroller} data-updating={query.isPlaceholderData}>
      <table style={{ minWidth: total * 0.78 }} aria-label={label} aria-rowcount={hasNextPage ? -1 : rows.length + 1} aria-busy={query.isFetching}>
        <colgroup>{selection ? <col style={{ width: 44 }} /> : null}{columns.map((column) => <col key={column.key} style={{ width: `${(column.width / total) * 100}%` }} />)}</colgroup>
        <thead>
          <tr>
            {selection ? (
              <th scope="col" className="data-list__pick">
                <Checkbox aria-label={t('list.selectAll')} checked={every} indeterminate={!every && selection.keys.size > 0} onChange={() => selection.set(every ? new Set() : new Set(rows.map(rowKey)))} />
              </th>
            ) : null}
            {columns.map((column) => {
              const direction = sort === column.sort ? 'ascending' : sort === `-${column.sort}` ? 'descending' : undefined;
              return (
                <th key={column.key} scope="col" data-align={column.align} aria-sort={column.sort ? (direction ?? 'none') : undefined}>
                  {column.sort && onSort ? (
                    <button type="button" className="data-list__sort" onClick={() => onSort(nextSort(column.sort!, sort))}>
                      {column.title}
                      <span aria-hidden="true" className="data-list__arrows" data-direction={direction}>{direction === 'descending' ? <CaretDownFilled /> : <CaretUpFilled />}</span>
                    </button>
                  ) : column.title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <tr aria-hidden="true"><td colSpan={span} style={{ height: before, padding: 0, border: 0 }} /></tr> : null}
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <tr key={item.key} aria-rowindex={item.index + 2} className={onOpen ? 'data-list__row' : undefined} onClick={onOpen ? open(row) : undefined}>
                {selection ? <td className="data-list__pick"><Checkbox aria-label={t('list.select', { name: rowName?.(row) ?? '' })} checked={selection.keys.has(rowKey(row))} onChange={() => toggle(rowKey(row))} /></td> : null}
                {columns.map((column) => <td key={column.key} data-align={column.align}>{column.render(row)}</td>)}
              </tr>
            );
          })}
          {after > 0 ? <tr aria-hidden="true"><td colSpan={span} style={{ height: after, padding: 0, border: 0 }} /></tr> : null}
        </tbody>
      </table>
      {more}
    </div>
  );
};
