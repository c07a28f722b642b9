import { useTranslation } from 'react-i18next';
import type { TagCondition } from '@/lib/api-types';
import { formatNumber } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { dimensions } from '@/lib/tags';

/** How a dimension reads: three have words of their own, the others are the organisation's. */
export const useDimension = () => {
  const { t } = useTranslation('settings');
  return (dimension: string) => (dimensions.includes(dimension) ? t(`tags.dim.${dimension}`) : dimension);
};

/** A rule in words. */
export const useRuleWords = () => {
  const { t } = useTranslation('settings');
  const { locale } = useLocale();
  return (conditions: TagCondition[]) => conditions.map((condition) => {
    const group = condition.kind === 'lifecycle' ? 'tags.lifecycle' : 'tags.type';
    return t(`tags.sentence.${condition.kind}`, {
      atLeast: condition.atLeast === null || condition.atLeast === undefined ? '' : formatNumber(condition.atLeast, locale), days: condition.days, times: condition.times,
      values: condition.values?.map((value) => t(`${group}.${value}`, { defaultValue: value })).join(' / ') ?? t('tags.any'),
    });
  });
};
