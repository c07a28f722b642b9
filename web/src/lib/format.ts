import type { Money } from '@/lib/api-types';

/** Formats by locale and by the organisation's time zone. Intl objects are costly to make: they are kept. */
const cache = new Map<string, unknown>();
const kept = <T>(key: string, make: () => T): T => {
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key) as T;
};

export const formatNumber = (value: number, locale: string, options: Intl.NumberFormatOptions = {}) =>
  kept(`n|${locale}|${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options)).format(value);

/** `compact` shortens for cards and sums: 1.2 万 / 12K. */
export const formatMoney = (money: Money, locale: string, compact = false) =>
  formatNumber(money.amount, locale, {
    style: 'currency', currency: money.currency, currencyDisplay: 'narrowSymbol',
    ...(compact ? { notation: 'compact', maximumFractionDigits: 1 } : { minimumFractionDigits: 0, maximumFractionDigits: 2 }),
  });

/** `value` is a share: 0.25 → 25%. */
export const formatRatio = (value: number, locale: string, digits = 1) => formatNumber(value, locale, { style: 'percent', maximumFractionDigits: digits });

const dayOnly = /^\d{4}-\d{2}-\d{2}$/;
/** A date (`YYYY-MM-DD`) has no zone; an instant is shown in `timeZone`. */
export const formatDate = (value: string, locale: string, timeZone: string) =>
  kept(`d|${locale}|${dayOnly.test(value) ? 'UTC' : timeZone}`, () =>
    new Intl.DateTimeFormat(locale, { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: dayOnly.test(value) ? 'UTC' : timeZone })).format(new Date(value));

export const formatInstant = (value: string, locale: string, timeZone: string, zoneName = false) => {
  const date = new Date(value);
  const text = kept(`i|${locale}|${timeZone}`, () =>
    new Intl.DateTimeFormat(locale, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })).format(date);
  if (!zoneName) return text;
  const zone = kept(`z|${timeZone}`, () => new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'shortOffset' })).formatToParts(date).find((part) => part.type === 'timeZoneName')?.value;
  return zone ? `${text} (${zone})` : text;
};

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]];
/** "3 天前", "in 2 hours": distance of an instant from `now`. */
export const formatRelative = (value: string, locale: string, now: number) => {
  const seconds = (new Date(value).getTime() - now) / 1000;
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute' as const, 60];
  return kept(`r|${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })).format(Math.trunc(seconds / size), unit);
};

/** Length of a span in whole minutes as "2 小时 5 分". */
export const formatMinutes = (minutes: number, locale: string) => {
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = Math.floor(minutes % 60);
  const parts: [number, string][] = [[days, 'day'], [hours, 'hour'], [rest, 'minute']];
  const shown = parts.filter(([value], index) => value > 0 || (index === 2 && days === 0 && hours === 0)).slice(0, 2);
  return shown.map(([value, unit]) => formatNumber(value, locale, { style: 'unit', unit, unitDisplay: locale.startsWith('zh') ? 'long' : 'short' })).join(' ');
};

/** Today's date in a time zone as `YYYY-MM-DD`. */
export const todayIn = (timeZone: string, now = new Date()) =>
  kept(`t|${timeZone}`, () => new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })).format(now);

/** A length in bytes as people say it: 1.2 MB. */
export const formatBytes = (bytes: number, locale: string) => {
  const [unit, size] = bytes >= 1 << 20 ? ['megabyte', 1 << 20] : bytes >= 1 << 10 ? ['kilobyte', 1 << 10] : ['byte', 1];
  return formatNumber(bytes / Number(size), locale, { style: 'unit', unit: String(unit), unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: bytes / Number(size) < 10 && unit !== 'byte' ? 1 : 0 });
};
