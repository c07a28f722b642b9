import { describe, expect, it } from 'vitest';
import { period, presetOf } from './reports-state';

describe('a usual period', () => {
  it.each([
    ['month', '2026-02-11', '2026-02-01', '2026-02-28'], ['quarter', '2026-11-22', '2026-10-01', '2026-12-31'], ['year', '2026-11-22', '2026-01-01', '2026-12-31'], ['last12', '2026-03-05', '2025-04-01', '2026-03-31'],
  ] as const)('%s on %s is %s to %s', (preset, today, from, to) => {
    expect(period(preset, today)).toEqual({ from, to });
    expect(presetOf(from, to, today)).toBe(preset);
  });
  it('is recognised as none when the days are others', () => {
    expect(presetOf('2026-01-02', undefined, '2026-03-05')).toBeUndefined();
    expect(presetOf(undefined, undefined, '2026-03-05')).toBe('all');
  });
});
