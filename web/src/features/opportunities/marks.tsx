import { ClockCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Opportunity } from '@/lib/api-types';
import { useStageOf } from './words';
import './opportunities.css';

/** The stage an opportunity stands in, coloured by how it ends. */
export const StageMark = ({ value }: { value: Pick<Opportunity, 'pipelineId' | 'stage' | 'stageName' | 'stageKind'> }) => {
  const stageOf = useStageOf();
  return <span className="stage" data-kind={value.stageKind}>{stageOf(value)}</span>;
};

/** Days in the present stage; nothing for a closed opportunity. */
export const DaysInStage = ({ value }: { value: number | null | undefined }) => {
  const { t } = useTranslation('opportunities');
  return value === null || value === undefined ? <span className="muted">—</span> : <span className="number nowrap"><ClockCircleOutlined aria-hidden="true" /> {t('board.days', { count: value })}</span>;
};
