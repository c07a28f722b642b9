import type { KeyFigure } from '@/lib/api-types';
import { formatMoney, formatNumber, formatRatio } from '@/lib/format';

/** A value of a figure in its unit; a dash where there was nothing to divide by. */
export const figureText = (figure: Pick<KeyFigure, 'unit' | 'currency'>, value: number | null | undefined, locale: string, days: (text: string) => string): string => {
  if (value === null || value === undefined) return '—';
  switch (figure.unit) {
    case 'ratio': return formatRatio(value, locale);
    case 'money': return formatMoney({ amount: Math.round(value), currency: figure.currency ?? 'CNY' }, locale);
    case 'days': return days(formatNumber(value, locale, { maximumFractionDigits: 1 }));
    default: return formatNumber(value, locale, { minimumFractionDigits: 1, maximumFractionDigits: 2 });
  }
};

/** Whether a figure rose against the period before, and whether that is good: a shorter sales cycle is. Undefined when there is nothing to compare. */
export const change = ({ code, value, previous }: Pick<KeyFigure, 'code' | 'value' | 'previous'>): { up: boolean; good: boolean } | undefined => {
  if (value === null || value === undefined || previous === null || previous === undefined || value === previous) return undefined;
  const up = value > previous;
  return { up, good: code === 'salesCycle' ? !up : up };
};
