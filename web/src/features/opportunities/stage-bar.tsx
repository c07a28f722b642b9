import { useTranslation } from 'react-i18next';
import type { Opportunity } from '@/lib/api-types';
import { usePipelines } from '@/lib/pipelines';
import { useStageName } from './words';

interface Props { opportunity: Opportunity; busy: boolean; onMove?: (to: string) => void }

/** The way through the pipeline: what is behind, where it stands, what is ahead. Pressing another open stage moves it there. */
export const StageBar = ({ opportunity, busy, onMove }: Props) => {
  const { t } = useTranslation('opportunities');
  const pipelines = usePipelines();
  const stageName = useStageName();
  const all = pipelines.data?.find((pipeline) => pipeline.id === opportunity.pipelineId)?.stages ?? [];
  const stages = all.filter((stage) => stage.kind === 'open' || stage.code === opportunity.stage);
  const here = stages.findIndex((stage) => stage.code === opportunity.stage);
  if (stages.length === 0) return null;
  return (
    <ol className="stage-bar" aria-label={t('stageBar')}>
      {stages.map((stage, index) => {
        const state = index === here ? 'here' : index < here ? 'past' : 'ahead';
        const shared = { className: 'stage-bar__stage', 'data-state': state, 'data-kind': stage.kind, title: stage.criteria?.length ? stage.criteria.join('\n') : undefined };
        return (
          <li key={stage.code} aria-current={index === here ? 'step' : undefined}>
            {onMove && index !== here
              ? <button type="button" {...shared} disabled={busy} aria-label={t('moveTo', { stage: stageName(stage) })} onClick={() => onMove(stage.code)}>{stageName(stage)}</button>
              : <span {...shared}>{stageName(stage)}</span>}
          </li>
        );
      })}
    </ol>
  );
};
