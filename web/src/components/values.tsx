import type { Money } from '@/lib/api-types';
import { formatDate, formatInstant, formatMoney, formatRelative } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useLocale } from '@/lib/session';

const Nothing = () => <span className="muted">—</span>;

/** An amount with its currency; `compact` for cards and sums (the full amount stays in the tooltip). */
export const MoneyText = ({ value, compact = false }: { value: Money | null | undefined; compact?: boolean }) => {
  const { locale } = useLocale();
  if (!value) return <Nothing />;
  return <span className="number nowrap" title={compact ? formatMoney(value, locale) : undefined}>{formatMoney(value, locale, compact)}</span>;
};

/** A date, an instant, or its distance from now; the exact instant with its zone is in the tooltip. */
export const DateText = ({ value, as = 'date' }: { value: string | null | undefined; as?: 'date' | 'instant' | 'relative' }) => {
  const { locale, timeZone } = useLocale();
  const now = useNow();
  if (!value) return <Nothing />;
  const dateOnly = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const shown = as === 'relative' && !dateOnly ? formatRelative(value, locale, now) : as === 'instant' && !dateOnly ? formatInstant(value, locale, timeZone) : formatDate(value, locale, timeZone);
  return <time className="number nowrap" dateTime={value} title={dateOnly ? undefined : formatInstant(value, locale, timeZone, true)}>{shown}</time>;
};
