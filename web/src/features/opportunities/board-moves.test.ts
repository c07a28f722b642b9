import { describe, expect, it } from 'vitest';
import type { Board, BoardStage } from '@/lib/api-types';
import { moved } from './board-moves';

const stage = (code: string, amounts: number[]): BoardStage => ({
  code, name: code, nameEn: code, amounts: [], kind: 'open', probability: 10, count: amounts.length, amount: { amount: amounts.reduce((a, b) => a + b, 0), currency: 'CNY' }, hasMore: false,
  cards: amounts.map((amount, index) => ({ id: `${code}${index}`, version: 1, name: `${code}${index}`, amount: { amount, currency: 'CNY' }, daysInStage: 9, warnings: [] })),
});
const board: Board = { pipeline: { id: 'p', name: 'p', isDefault: true }, stages: [stage('lead', [100, 50]), stage('proposal', [7])] };

describe('moving a card', () => {
  it('takes count and sum along and begins the days anew', () => {
    const after = moved(board, { card: board.stages[0]!.cards[0]!, from: 'lead', to: board.stages[1]! });
    expect(after.stages.map(({ count, amount }) => [count, amount.amount])).toEqual([[1, 50], [2, 107]]);
    expect(after.stages[1]!.cards[0]).toMatchObject({ id: 'lead0', daysInStage: 0 });
  });
  it('adds no amount of another currency to a sum', () => {
    const card = { ...board.stages[0]!.cards[0]!, amount: { amount: 100, currency: 'USD' } };
    const after = moved(board, { card, from: 'lead', to: board.stages[1]! });
    expect(after.stages.map(({ amount }) => amount.amount)).toEqual([150, 7]);
  });
});
