import * as z from 'zod/mini';

const optional = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined);
const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));

/** What the reports are about; all of it stands in the address. */
export const reportsState = z.object({
  from: optional(day), to: optional(day), ownerId: optional(z.string()), pipelineId: optional(z.string()), groupBy: optional(z.enum(['owner', 'department', 'month'])),
});
export type Preset = 'all' | 'month' | 'quarter' | 'year' | 'last12';

const text = (year: number, month: number, date: number) => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);

/** First and last day of a usual period; `today` is the organisation's day. */
export const period = (preset: Preset, today: string): { from?: string; to?: string } => {
  const [year, month] = today.split('-').map(Number) as [number, number];
  switch (preset) {
    case 'month': return { from: text(year, month - 1, 1), to: text(year, month, 0) };
    case 'quarter': { const first = Math.floor((month - 1) / 3) * 3; return { from: text(year, first, 1), to: text(year, first + 3, 0) }; }
    case 'year': return { from: text(year, 0, 1), to: text(year, 12, 0) };
    case 'last12': return { from: text(year, month - 12, 1), to: text(year, month, 0) };
    default: return {};
  }
};
export const presets: Preset[] = ['all', 'month', 'quarter', 'year', 'last12'];
/** The usual period that two days are, if they are one. */
export const presetOf = (from: string | undefined, to: string | undefined, today: string) => presets.find((preset) => { const days = period(preset, today); return days.from === from && days.to === to; });
