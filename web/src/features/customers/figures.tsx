import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText, MoneyText } from '@/components/values';
import type { CustomerAmounts, CustomerFigures } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';

/** The customer in figures, each of them a link to the rows it counts. They are of now, so a past record shows none. */
export const FiguresBox = ({ customerId }: { customerId: string }) => {
  const { t } = useTranslation('customers');
  const { asOf } = useAsOf();
  const can = useCan();
  const { data, error, refetch } = useQuery({ queryKey: ['customers', customerId, 'figures'], queryFn: ({ signal }) => get<CustomerFigures>(`customers/${customerId}/figures`, undefined, signal), enabled: !asOf });
  if (asOf) return null;
  const deals = (search: Record<string, unknown>, text: React.ReactNode) => (can('opportunities.view') ? <Link to="/opportunities/list" search={{ customer: customerId, ...search } as never}>{text}</Link> : text);
  const tickets = (search: Record<string, unknown>, text: React.ReactNode) => (can('tickets.view') ? <Link to="/tickets" search={{ customer: customerId, ...search } as never}>{text}</Link> : text);
  const sums = (of: (amounts: CustomerAmounts) => number) => {
    const rows = (data?.amounts ?? []).filter((each) => of(each) !== 0);
    return rows.length === 0 ? <span className="muted">—</span> : rows.map((each) => <div key={each.currency}><MoneyText value={{ amount: of(each), currency: each.currency }} compact /></div>);
  };
  return (
    <RelatedBox title={t('figures.title')}>
      {error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : null}
      {data ? (
        <dl className="figures">
          {data.amounts ? <>
            <div><dt>{t('figures.won')}</dt><dd>{deals({ view: 'all', kind: 'won' }, sums((each) => each.won))}</dd></div>
            <div><dt>{t('figures.wonLastYear')}</dt><dd>{deals({ view: 'all', kind: 'won', since: data.wonSince }, sums((each) => each.wonLastYear))}</dd></div>
            <div><dt>{t('figures.open')}</dt><dd>{deals({}, sums((each) => each.open))}</dd></div>
          </> : null}
          <div><dt>{t('figures.opportunities')}</dt><dd>{deals({}, t('figures.openOf', { count: data.openOpportunities }))} · {deals({ view: 'all', kind: 'won' }, t('figures.wonOf', { count: data.wonOpportunities }))}</dd></div>
          <div><dt>{t('figures.tickets')}</dt><dd>{tickets({}, t('figures.openOf', { count: data.openTickets }))} · {tickets({ view: 'all' }, t('figures.allOf', { count: data.tickets }))}</dd></div>
          <div><dt>{t('figures.satisfaction')}</dt><dd>{data.satisfaction === null || data.satisfaction === undefined ? <span className="muted">—</span> : tickets({ view: 'all' }, t('figures.score', { score: data.satisfaction, count: data.ratings }))}</dd></div>
          <div><dt>{t('field.lastFollowUpAt')}</dt><dd><DateText value={data.lastContactAt} as="relative" /></dd></div>
          <div><dt>{t('figures.since')}</dt><dd><DateText value={data.since} /></dd></div>
        </dl>
      ) : null}
    </RelatedBox>
  );
};
