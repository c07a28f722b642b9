import { describe, expect, it } from 'vitest';
import { rowsSearch } from '@/lib/reports';
import { change, figureText } from './figures';

const days = (text: string) => `${text} d`;

describe('a key figure', () => {
  it.each([
    ['ratio', null, 0.193548, '19.4%'], ['money', 'CNY', 299_335.4, '¥299,335'], ['days', null, 63.894737, '63.9 d'], ['score', null, 4.5, '4.5'], ['score', null, null, '—'],
  ] as const)('in %s (%s) of %s reads %s', (unit, currency, value, text) => {
    expect(figureText({ unit, currency }, value, 'en', days)).toBe(text);
  });
  it('is better when it rises, except the length of the sales cycle', () => {
    expect(change({ code: 'winRate', value: 0.4, previous: 0.3 })).toEqual({ up: true, good: true });
    expect(change({ code: 'salesCycle', value: 50, previous: 60 })).toEqual({ up: false, good: true });
  });
  it('is not compared with nothing', () => {
    expect(change({ code: 'winRate', value: 0.4, previous: null })).toBeUndefined();
    expect(change({ code: 'winRate', value: null, previous: 0.3 })).toBeUndefined();
  });
  it('leads to the page of its rows', () => {
    expect(rowsSearch('/api/v1/reports/key-figures/rows?figure=won&to=2026-11-22&asOf=2026-11-21T22%3A42%3A11Z')).toEqual({ report: 'key-figures', figure: 'won', to: '2026-11-22', asOf: '2026-11-21T22:42:11Z' });
  });
});
