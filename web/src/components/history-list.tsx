import { AuditOutlined, EyeOutlined } from '@ant-design/icons';
import { Link, useLocation } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useEffect, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeTable } from '@/components/change-table';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { ActorText, SourceText } from '@/components/source-text';
import { TimeSlider } from '@/components/time-slider';
import { DateText } from '@/components/values';
import type { FieldChange, HistoryItem } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useHistory } from '@/lib/lists';
import { useCan } from '@/lib/session';
import './history-list.css';

export interface HistoryProps {
  resource: string;
  id: string;
  /** Words of the resource: what an event and a field are called, how a value reads. */
  eventLabel: (type: string) => string;
  fieldLabel: (field: string) => string;
  fieldValue?: (field: string, value: unknown) => ReactNode;
}
const instant = (item: HistoryItem, basis: 'effective' | 'recorded') => (basis === 'effective' ? (item.effectiveAt ?? item.at) : item.at);

const technical = new Set(['id', 'version', 'createdAt', 'createdBy', 'updatedAt', 'completeness', 'followUpCount']);
/** Leaves out what nobody entered: identifiers, counts, and members that only begin at no or zero. */
const worthShowing = (change: FieldChange) => !technical.has(change.field) && !((change.before === null || change.before === undefined) && (change.after === false || change.after === 0));

/** Every change of a record with who, when and why, and the slider that takes the whole screen to any of them. */
const HistoryList = ({ resource, id, eventLabel, fieldLabel, fieldValue }: HistoryProps) => {
  const { t } = useTranslation();
  const can = useCan();
  const { asOf, basis, set } = useAsOf();
  const { items, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useHistory(resource, id);
  const hash = useLocation({ select: (location) => location.hash });
  const found = items.some((item) => `history-${item.sequence}` === hash);
  useEffect(() => { if (found) document.getElementById(hash)?.scrollIntoView({ block: 'center' }); }, [found, hash]);
  const points = useMemo(
    () => items.map((item) => ({ at: instant(item, basis), label: eventLabel(item.type) })).sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).filter((point, index, all) => point.at !== all[index + 1]?.at),
    [basis, eventLabel, items],
  );
  if (error && items.length === 0) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Skeleton active paragraph={{ rows: 6 }} />;
  if (items.length === 0) return <EmptyState title={t('history.empty')} />;
  return (
    <div className="history">
      <TimeSlider points={points} />
      <ol className="history__list" aria-label={t('history.label')}>
        {items.map((item) => {
          const at = instant(item, basis);
          return (
            <li key={item.sequence} id={`history-${item.sequence}`} className="history__item" aria-current={asOf === at ? 'true' : undefined} data-later={asOf !== undefined && Date.parse(at) > Date.parse(asOf)}>
              <div className="history__head">
                <b>{eventLabel(item.type)}</b>
                <span><ActorText id={item.actorId} name={item.actorName} />{item.onBehalfOf ? ` ${t('history.onBehalfOf', { name: item.onBehalfOf })}` : ''}</span>
                <DateText value={item.at} as="instant" />
                <span className="muted"><SourceText value={item.source} /></span>
                <Button size="small" type="text" icon={<EyeOutlined />} onClick={() => set(at)} aria-label={t('history.showLabel', { event: eventLabel(item.type) })}>{t('history.show')}</Button>
                {item.correlationId && can('audit.view') ? <Link to="/audit" search={{ correlation: item.correlationId } as never}><AuditOutlined /> {t('history.command')}</Link> : null}
              </div>
              {item.effectiveAt && item.effectiveAt.slice(0, 10) !== item.at.slice(0, 10) ? <p className="muted">{t('history.businessDate')} <DateText value={item.businessDate ?? item.effectiveAt} /></p> : null}
              {item.reason ? <p className="history__reason">{t('history.reason', { reason: item.reason })}</p> : item.reason === '' ? <p className="history__reason muted">{t('history.reasonErased')}</p> : null}
              <ChangeTable changes={item.changes.filter(worthShowing)} fieldLabel={fieldLabel} fieldValue={fieldValue} />
            </li>
          );
        })}
      </ol>
      {hasNextPage ? <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('list.more')}</Button> : null}
    </div>
  );
};
export default HistoryList;
