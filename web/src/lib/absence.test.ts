import { describe, expect, it } from 'vitest';
import { ahead, standIn } from './absence';

const delegations = [
  { id: 'd-2', delegateId: 'u-3', from: '2026-05-10', until: '2026-05-12' },
  { id: 'd-1', delegateId: 'u-2', from: '2026-05-01', until: '2026-05-03' },
];

describe('absence', () => {
  it('holds from the first day to the last', () => {
    const on = (day: string) => standIn({ delegations }, day)?.delegateId;
    expect(['2026-04-30', '2026-05-01', '2026-05-03', '2026-05-04', '2026-05-12', '2026-05-13'].map(on)).toEqual([undefined, 'u-2', 'u-2', undefined, 'u-3', undefined]);
    expect(standIn(undefined, '2026-05-01')).toBeUndefined();
  });

  it('lists what is not over, the next first', () => {
    expect(ahead({ delegations }, '2026-05-03').map((each) => each.id)).toEqual(['d-1', 'd-2']);
    expect(ahead({ delegations }, '2026-05-04').map((each) => each.id)).toEqual(['d-2']);
  });
});
