import { useCallback, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { StageKind } from '@/lib/api-types';
import { useOwnWords } from '@/lib/fields';
import { formatDate, formatInstant, formatMoney, formatNumber } from '@/lib/format';
import { usePipelines } from '@/lib/pipelines';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';
import { useProducts } from './products';

/** A stage is named by the organisation: in Chinese, and in English where a name is given. */
export const useStageName = () => {
  const { i18n } = useTranslation();
  return useCallback((stage: { name: string; nameEn?: string | null }) => (i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name), [i18n.language]);
};

/** The name of the stage a record stands in, for which the record brings the code and the Chinese name only. */
export const useStageOf = () => {
  const pipelines = usePipelines();
  const stageName = useStageName();
  return (record: { pipelineId: string; stage: string; stageName?: string | null }) => {
    const stage = pipelines.data?.find((pipeline) => pipeline.id === record.pipelineId)?.stages.find((each) => each.code === record.stage);
    return stage ? stageName(stage) : (record.stageName ?? record.stage);
  };
};

const kinds: StageKind[] = ['open', 'won', 'lost'];
const isMoney = (value: object): value is { amount: number; currency: string } => 'amount' in value && 'currency' in value;

/** How events, fields and their values of an opportunity read in the history and in conflicts; a stage's code is named by its own pipeline. */
export const useOpportunityWords = (pipelineId: string | undefined) => {
  const { t, i18n } = useTranslation('opportunities');
  const { locale, timeZone } = useLocale();
  const users = useUsers();
  const pipelines = usePipelines();
  const products = useProducts();
  const stageName = useStageName();
  const own = useOwnWords('opportunities');
  return useMemo(() => {
    const names = new Map<string, string>([
      ...(users.data ?? []).map((user) => [user.id, user.displayName] as const), ...(products.data ?? []).map((product) => [product.id, product.name] as const),
      ...(pipelines.data ?? []).map((pipeline) => [pipeline.id, pipeline.name] as const),
    ]);
    const stages = new Map((pipelines.data ?? []).filter((pipeline) => pipeline.id === pipelineId).flatMap((pipeline) => pipeline.stages.map((stage) => [stage.code, stageName(stage)] as const)));
    return {
      eventLabel: (type: string) => (i18n.exists(`opportunities:event.${type}`) ? t(`event.${type}`) : type.replace(/_/g, ' ')),
      fieldLabel: (field: string) => own.label(field) ?? field.split('.').filter((part) => part !== 'custom').map((part) => (i18n.exists(`opportunities:field.${part}`) ? t(`field.${part}`) : part)).join(' · '),
      fieldValue: (path: string, value: unknown): ReactNode => {
        const defined = own.text(path, value);
        if (defined !== undefined) return defined;
        const field = path.split('.').pop()!;
        if (typeof value === 'boolean') return t(value ? 'common:yes' : 'common:no');
        if (typeof value === 'number') return field === 'discount' ? formatNumber(value, locale, { style: 'percent' }) : field === 'probability' ? `${value}%` : formatNumber(value, locale);
        if (typeof value === 'object' && value !== null && isMoney(value)) return formatMoney(value, locale);
        if (typeof value !== 'string') return undefined;
        if (field === 'stage' || field === 'closedFrom') return stages.get(value) ?? value;
        if (field === 'stageKind' && kinds.includes(value as StageKind)) return t(`kind.${value}`);
        if (field === 'by' || /Id$/.test(field)) return names.get(value) ?? value;
        if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value, locale, timeZone);
        if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return formatInstant(value, locale, timeZone);
        return value;
      },
    };
  }, [i18n, locale, own, pipelineId, pipelines.data, products.data, stageName, t, timeZone, users.data]);
};
