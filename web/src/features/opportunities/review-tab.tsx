import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { DateText } from '@/components/values';
import type { Opportunity } from '@/lib/api-types';

/** What was learned from the opportunity after it closed. */
export const ReviewTab = ({ opportunity }: { opportunity: Opportunity }) => {
  const { t } = useTranslation('opportunities');
  const { review } = opportunity;
  if (!review) return <EmptyState title={t('review.none')} description={t('review.noneText')} />;
  return (
    <div className="review">
      <p className="muted">{review.byName ?? t('common:system')} · <DateText value={review.at} as="instant" /></p>
      <dl>
        {review.keyFactors.length > 0 ? <><dt>{t('field.keyFactors')}</dt><dd>{review.keyFactors.join('、')}</dd></> : null}
        {review.unmetNeeds.length > 0 ? <><dt>{t('field.unmetNeeds')}</dt><dd>{review.unmetNeeds.join('、')}</dd></> : null}
        {review.summary ? <><dt>{t('field.summary')}</dt><dd>{review.summary}</dd></> : null}
      </dl>
    </div>
  );
};
