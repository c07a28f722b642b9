import { CheckCircleFilled, ClockCircleOutlined, ExclamationCircleFilled, PauseCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Clock, Ticket } from '@/lib/api-types';
import { formatInstant, formatMinutes } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useLocale } from '@/lib/session';
import './tickets.css';

export const StatusMark = ({ value }: { value: Ticket['status'] }) => {
  const { t } = useTranslation('tickets');
  return <span className="ticket-status" data-status={value}>{t(`status.${value}`)}</span>;
};
export const PriorityMark = ({ value }: { value: Ticket['priority'] }) => {
  const { t } = useTranslation('tickets');
  return <span className="priority" data-priority={value}>{t(`priority.${value}`)}</span>;
};

/** Minutes left until a running clock is due; negative when it is past. */
export const minutesLeft = (clock: Clock, now: number) => Math.floor((Date.parse(clock.dueAt) - now) / 60_000);
/** A clock may pass its due time between two answers of the server. */
export const clockState = (clock: Clock, now: number) => (clock.state === 'running' && minutesLeft(clock, now) < 0 ? 'breached' : clock.state);

/** One clock: met, breached, or what is left of it. `now` is given when the screen shows the past. */
export const ClockMark = ({ clock, named = false, at }: { clock: Clock; named?: boolean; at?: number }) => {
  const { t } = useTranslation('tickets');
  const { locale, timeZone } = useLocale();
  const present = useNow();
  const now = at ?? present;
  const state = clockState(clock, now);
  const left = minutesLeft(clock, now);
  const warn = state === 'running' && left <= (clock.name === 'firstResponse' ? 30 : 240);
  const text = state === 'met' ? t('clock.met')
    : state === 'paused' ? t('clock.paused')
    : state === 'running' ? t('clock.left', { time: formatMinutes(left, locale) })
    : clock.stoppedAt ? t('clock.breached') : t('clock.over', { time: formatMinutes(-left, locale) });
  const Icon = state === 'met' ? CheckCircleFilled : state === 'breached' ? ExclamationCircleFilled : state === 'paused' ? PauseCircleOutlined : ClockCircleOutlined;
  return (
    <span className="clock" data-state={warn ? 'warning' : state} title={t('clock.due', { at: formatInstant(clock.dueAt, locale, timeZone, true) })}>
      <Icon aria-hidden="true" /> {named ? `${t(`clock.${clock.name}`)} ` : <span className="visually-hidden">{t(`clock.${clock.name}`)} </span>}{text}
    </span>
  );
};
export const findClock = (ticket: Ticket, name: Clock['name']) => ticket.clocks?.find((clock) => clock.name === name);
