import { CarryOutOutlined, CheckOutlined, GiftOutlined, MessageOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { DayItem, DayView } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan, useLocale } from '@/lib/session';
import { formatDate, todayIn } from '@/lib/format';
import './day-list.css';

export const dayIcons = { followUp: <MessageOutlined />, task: <CarryOutOutlined />, birthday: <GiftOutlined /> };
const states = ['overdue', 'today', 'upcoming'] as const;

/** The day after, `YYYY-MM-DD`. */
export const addDays = (day: string, days: number) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

export const useMyDay = (params: { date?: string; ownerId?: string }) =>
  useQuery({ queryKey: ['my-day', params], queryFn: ({ signal }) => get<DayView>('my-day', params, signal), refetchInterval: 60_000 });

const Item = ({ item, showOwner }: { item: DayItem; showOwner: boolean }) => {
  const { t } = useTranslation('my-day');
  const can = useCan();
  const { locale, timeZone } = useLocale();
  const { busy, error, execute } = useCommandState();
  const refresh = [['my-day'], ['customers'], ['notifications']];
  const name = item.kind === 'task' ? item.title! : item.kind === 'birthday' ? (item.title ?? item.customerName ?? '') : (item.customerName ?? '');
  const done = () => execute({ path: `tasks/${item.id}/complete`, body: { dueDate: item.day }, done: t('my-day:taskDone'), refresh });
  const later = () => item.kind === 'task'
    ? execute({ method: 'PATCH', path: `tasks/${item.id}`, body: { dueDate: addDays(todayIn(timeZone), 1) }, done: t('my-day:moved'), refresh })
    : execute({ path: `customers/${item.customerId}/next-follow-up`, body: { at: new Date(Math.max(Date.parse(item.at ?? ''), Date.now()) + 86_400_000 || Date.now() + 86_400_000).toISOString() }, done: t('my-day:moved'), refresh });
  return (
    <li className="day-item" data-kind={item.kind}>
      <span className="day-item__icon" aria-label={t(`my-day:kind.${item.kind}`)} role="img">{dayIcons[item.kind]}</span>
      <div className="day-item__main">
        <div className="day-item__title">
          {item.kind === 'task' ? <Link to="/my-day" search={{ tab: 'tasks', task: item.id } as never}>{name}</Link> : <Link to="/customers/$id" params={{ id: item.customerId! }}>{name}</Link>}
          {item.tier ? <span className="tier" data-tier={item.tier}>{item.tier}</span> : null}
          {item.priority === 'urgent' || item.priority === 'high' ? <span className="mark">{t(`my-day:priority.${item.priority}`)}</span> : null}
        </div>
        <div className="day-item__line">
          {item.kind === 'followUp' && item.title ? <span>{item.title}</span> : null}
          {item.kind !== 'followUp' && item.customerId && item.customerName ? <Link to="/customers/$id" params={{ id: item.customerId }}>{item.customerName}</Link> : null}
          {item.reason === 'cadence' ? <span>{item.days ? t(item.rule === 'tier' ? 'my-day:byTier' : 'my-day:byClass', { count: item.days, tier: item.tier }) : t('my-day:byCadence')}</span> : null}
          {item.kind === 'followUp' ? <span>{item.lastFollowUpAt ? <>{t('my-day:last')} <DateText value={item.lastFollowUpAt} as="relative" /></> : t('my-day:never')}</span> : null}
          {showOwner && item.ownerName ? <span>{item.ownerName}</span> : null}
        </div>
        <ProblemAlert error={error} />
      </div>
      <span className={item.state === 'overdue' ? 'day-item__when overdue' : 'day-item__when muted'}>{item.at ? <DateText value={item.at} as="instant" /> : formatDate(item.day, locale, 'UTC')}</span>
      <div className="day-item__actions">
        {item.kind === 'followUp' && can('customers.change') ? <Link to="/customers/$id" params={{ id: item.customerId! }} hash="follow-up" className="day-item__log">{t('my-day:log')}</Link> : null}
        {item.kind === 'task' && can('tasks.change') ? <Button size="small" icon={<CheckOutlined />} loading={busy} onClick={() => void done()} aria-label={t('my-day:doneOf', { name })}>{t('my-day:done')}</Button> : null}
        {item.kind !== 'birthday' && can(item.kind === 'task' ? 'tasks.change' : 'customers.change') ? <Button size="small" type="text" disabled={busy} onClick={() => void later()} aria-label={t('my-day:laterOf', { name })}>{t('my-day:later')}</Button> : null}
      </div>
    </li>
  );
};

/** Everything that waits on a day, the most urgent and most worth first, each with what is done about it. */
export const DayList = ({ date, ownerId }: { date?: string; ownerId?: string }) => {
  const { t } = useTranslation('my-day');
  const query = useMyDay({ date, ownerId });
  if (query.error) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton active paragraph={{ rows: 4 }} />;
  const { items, hasMore } = query.data as DayView;
  if (items.length === 0) return <p className="muted day-list__none">{t('my-day:nothing')}</p>;
  return (
    <>
      {states.map((state) => {
        const group = items.filter((item) => item.state === state);
        return group.length === 0 ? null : (
          <section key={state} aria-label={t(`my-day:state.${state}`)}>
            <h3 className="day-list__head" data-state={state}>{t(`my-day:state.${state}`)} <span className="muted number">{group.length}</span></h3>
            <ul className="day-list">{group.map((item) => <Item key={`${item.kind}${item.id}`} item={item} showOwner={ownerId !== undefined} />)}</ul>
          </section>
        );
      })}
      {hasMore ? <p className="muted">{t('my-day:more')}</p> : null}
    </>
  );
};
