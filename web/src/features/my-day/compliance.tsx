import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Compliance as ComplianceView } from '@/lib/api-types';
import { formatRatio } from '@/lib/format';
import { get } from '@/lib/http';
import { useLocale } from '@/lib/session';

/** How many customers of each tier are followed up as often as they should be (S051). */
export const Compliance = ({ ownerId }: { ownerId?: string }) => {
  const { t } = useTranslation('my-day');
  const { locale } = useLocale();
  const query = useQuery({ queryKey: ['my-day', 'compliance', ownerId], queryFn: ({ signal }) => get<ComplianceView>('cadence/compliance', { ownerId }, signal) });
  if (!query.data?.tiers.length) return null;
  return (
    <section className="compliance" aria-label={t('compliance')}>
      <h3>{t('compliance')}</h3>
      <dl>
        {query.data.tiers.map((tier) => (
          <div key={tier.tier}><dt>{t('tierOf', { tier: tier.tier })}</dt><dd data-good={tier.target ? tier.ratio >= tier.target : undefined}><b className="number">{formatRatio(tier.ratio, locale)}</b> <span className="muted number">{tier.onTime}/{tier.customers}{tier.target ? ` · ${t('target', { ratio: formatRatio(tier.target, locale) })}` : ''}</span></dd></div>
        ))}
      </dl>
      <p className="muted">{query.data.formula}</p>
    </section>
  );
};
