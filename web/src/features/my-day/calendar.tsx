import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Segmented, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { addDays, dayIcons } from '@/components/day-list';
import { ProblemAlert } from '@/components/problem-alert';
import type { DayItem, DayView } from '@/lib/api-types';
import { formatDate, todayIn } from '@/lib/format';
import { get } from '@/lib/http';
import { usePhone } from '@/lib/preferences';
import { useLocale } from '@/lib/session';

/** Monday of the week of a day. */
const monday = (day: string) => addDays(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7));
/** The first day of the month that lies so many months away. */
const month = (day: string, months: number) => { const first = new Date(`${day.slice(0, 7)}-01T00:00Z`); first.setUTCMonth(first.getUTCMonth() + months); return first.toISOString().slice(0, 10); };

const Entry = ({ item }: { item: DayItem }) => {
  const { t } = useTranslation('my-day');
  const { locale, timeZone } = useLocale();
  const time = item.at ? `${new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false, timeZone }).format(new Date(item.at))} ` : '';
  const text = item.kind === 'followUp' ? [item.customerName, item.title].filter(Boolean).join(' · ') : (item.title ?? item.customerName ?? '');
  return (
    <li title={text}>
      <span aria-label={t(`kind.${item.kind}`)} role="img">{dayIcons[item.kind]}</span> {time}
      {item.kind === 'task' ? <Link to="/my-day" search={{ tab: 'tasks', task: item.id } as never}>{text}</Link> : <Link to="/customers/$id" params={{ id: item.customerId! }}>{text}</Link>}
    </li>
  );
};

/** Plans, tasks and birthdays by month or week; on a phone as a list of days. */
export const Calendar = ({ date, week, ownerId, onMove, onWeek }: { date: string; week: boolean; ownerId?: string; onMove: (date: string) => void; onWeek: (week: boolean) => void }) => {
  const { t } = useTranslation('my-day');
  const phone = usePhone();
  const { locale, timeZone } = useLocale();
  const first = monday(week ? date : month(date, 0));
  const last = week ? addDays(first, 6) : addDays(monday(addDays(month(date, 1), -1)), 6);
  const params = { from: first, to: last, ownerId };
  const query = useQuery({ queryKey: ['my-day', 'calendar', params], queryFn: ({ signal }) => get<DayView>('my-day/calendar', params, signal) });
  const days = Array.from({ length: Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1 }, (_, index) => addDays(first, index));
  const of = (day: string) => ((query.data?.items ?? []) as DayItem[]).filter((item) => item.day === day);
  const title = week ? `${formatDate(first, locale, 'UTC')} – ${formatDate(last, locale, 'UTC')}` : new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(date));
  const today = todayIn(timeZone);
  return (
    <>
      <div className="my-day__tools">
        <Button icon={<LeftOutlined />} aria-label={t('before')} onClick={() => onMove(week ? addDays(date, -7) : month(date, -1))} />
        <b className="number">{title}</b>
        <Button icon={<RightOutlined />} aria-label={t('after')} onClick={() => onMove(week ? addDays(date, 7) : month(date, 1))} />
        <Segmented className="my-day__spring" aria-label={t('span')} value={week ? 'week' : 'month'} options={[{ value: 'month', label: t('month') }, { value: 'week', label: t('week') }]} onChange={(value) => onWeek(value === 'week')} />
      </div>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending && !query.error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {query.data && phone ? (
        <div className="agenda">
          {days.filter((day) => of(day).length > 0).map((day) => <section key={day} aria-label={formatDate(day, locale, 'UTC')}><b>{formatDate(day, locale, 'UTC')}</b><ul>{of(day).map((item) => <Entry key={`${item.kind}${item.id}`} item={item} />)}</ul></section>)}
          {query.data.items.length === 0 ? <p className="muted">{t('nothing')}</p> : null}
        </div>
      ) : null}
      {query.data && !phone ? (
        <div className="calendar">
          {days.slice(0, 7).map((day) => <div key={day} className="calendar__weekday" aria-hidden="true">{new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(new Date(day))}</div>)}
          {days.map((day) => (
            <section key={day} className="calendar__day" data-out={!week && day.slice(0, 7) !== date.slice(0, 7)} data-today={day === today} aria-label={formatDate(day, locale, 'UTC')}>
              <b className="number">{Number(day.slice(8))}</b>
              <ul>{of(day).map((item) => <Entry key={`${item.kind}${item.id}`} item={item} />)}</ul>
            </section>
          ))}
        </div>
      ) : null}
      {query.data?.hasMore ? <p className="muted">{t('more')}</p> : null}
    </>
  );
};
