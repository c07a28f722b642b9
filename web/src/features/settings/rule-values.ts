import { useTranslation } from 'react-i18next';
import { usePipelines } from '@/lib/pipelines';

const codes: Record<string, string[]> = {
  kind: ['company', 'person'], lifecycle: ['potential', 'intent', 'won', 'lost'], stageKind: ['open', 'won', 'lost'], status: ['open', 'assigned', 'answered', 'resolved', 'closed'],
  channel: ['phone', 'form', 'email', 'portal', 'api'], priority: ['urgent', 'high', 'normal', 'low'],
};

/** The values of a built-in field by which rules and conditions decide, as options; stages are those of all pipelines. */
export const useRuleValues = () => {
  const { t, i18n } = useTranslation('settings');
  const pipelines = usePipelines();
  return (field: string): { value: string; label: string }[] => {
    if (field === 'tier') return ['A', 'B', 'C', 'D'].map((code) => ({ value: code, label: code }));
    if (field === 'isPrimary') return [{ value: 'true', label: t('common:yes') }, { value: 'false', label: t('common:no') }];
    if (field === 'stage') return (pipelines.data ?? []).flatMap((pipeline) => pipeline.stages).filter((stage, index, all) => all.findIndex((other) => other.code === stage.code) === index)
      .map((stage) => ({ value: stage.code, label: i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name }));
    return (codes[field] ?? []).map((code) => ({ value: code, label: t(`fields.${field}.${code}`) }));
  };
};
