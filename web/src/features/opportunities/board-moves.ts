import type { Board, BoardCard, BoardStage } from '@/lib/api-types';

/** Where a card goes. */
export interface Move { card: BoardCard; from: string; to: BoardStage }

const add = (stage: BoardStage, card: BoardCard, sign: 1 | -1): BoardStage => ({
  ...stage,
  count: stage.count + sign,
  amount: card.amount && card.amount.currency === stage.amount.currency ? { ...stage.amount, amount: stage.amount.amount + sign * card.amount.amount } : stage.amount,
  cards: sign === 1 ? [{ ...card, daysInStage: 0 }, ...stage.cards] : stage.cards.filter((other) => other.id !== card.id),
});

/** The board as it will be when the server agrees: shown at once, taken back when it does not. */
export const moved = (board: Board, { card, from, to }: Move): Board => ({
  ...board,
  stages: board.stages.map((stage) => (stage.code === from ? add(stage, card, -1) : stage.code === to.code ? add(stage, card, 1) : stage)),
});
