import { useDroppable } from '@dnd-kit/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MoneyText } from '@/components/values';
import type { BoardCard as Card, BoardStage } from '@/lib/api-types';
import { BoardCard } from './board-card';
import { useStageName } from './words';

interface Props { stage: BoardStage; stages: BoardStage[]; pipelineId: string; onMove?: (card: Card, from: string, to: BoardStage) => void }

/** One stage: its name, how many and how much stand in it, and the first of its cards. */
export const BoardColumn = ({ stage, stages, pipelineId, onMove }: Props) => {
  const { t } = useTranslation('opportunities');
  const stageName = useStageName();
  const { setNodeRef, isOver } = useDroppable({ id: stage.code, data: { stage } });
  return (
    <section ref={setNodeRef} className="board__column" data-over={isOver} data-kind={stage.kind} aria-label={t('board.column', { stage: stageName(stage), count: stage.count })}>
      <header className="board__head">
        <h2>{stageName(stage)}</h2>
        <span className="board__count number">{stage.count}</span>
        <span className="board__sum"><MoneyText value={stage.amount} compact /></span>
      </header>
      <ul className="board__cards" tabIndex={-1}>
        {stage.cards.map((card) => <BoardCard key={card.id} card={card} stage={stage} stages={stages} onMove={onMove && ((to) => onMove(card, stage.code, to))} />)}
        {stage.cards.length === 0 ? <li className="board__none muted">{t('board.empty')}</li> : null}
      </ul>
      {stage.hasMore ? <Link className="board__more" to="/opportunities/list" search={{ stage: [stage.code], pipeline: pipelineId } as never}>{t('board.all', { count: stage.count })}</Link> : null}
    </section>
  );
};
