import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText, MoneyText } from '@/components/values';
import type { Opportunity, Ticket } from '@/lib/api-types';
import { equals } from '@/lib/filter';
import { useList } from '@/lib/lists';

/** Opportunities of a customer, newest first. */
export const OpportunitiesBox = ({ customerId }: { customerId: string }) => {
  const { t, i18n } = useTranslation('customers');
  const query = useList<Opportunity>('opportunities', { filter: equals('customerId', customerId), sort: '-createdAt', limit: 20 });
  return (
    <RelatedBox title={t('opportunities.title')} count={query.rows.length}>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('opportunities.none')}</p> : null}
      <ul>
        {query.rows.map((opportunity) => (
          <li key={opportunity.id} className="related-row">
            <Link to="/opportunities/$id" params={{ id: opportunity.id }}>{opportunity.name}</Link>
            <span className="related-row__line"><span>{i18n.language === 'en' ? opportunity.stage : (opportunity.stageName ?? opportunity.stage)}</span><MoneyText value={opportunity.amount} /></span>
          </li>
        ))}
      </ul>
    </RelatedBox>
  );
};

/** Tickets of a customer, newest first. */
export const TicketsBox = ({ customerId }: { customerId: string }) => {
  const { t } = useTranslation('customers');
  const query = useList<Ticket>('tickets', { filter: equals('customerId', customerId), sort: '-createdAt', limit: 20 });
  return (
    <RelatedBox title={t('tickets.title')} count={query.rows.length}>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('tickets.none')}</p> : null}
      <ul>
        {query.rows.map((ticket) => (
          <li key={ticket.id} className="related-row">
            <Link to="/tickets/$id" params={{ id: ticket.id }}>{ticket.subject}</Link>
            <span className="related-row__line"><span>{ticket.number} · {t(`tickets.status.${ticket.status}`)}</span><DateText value={ticket.openedAt ?? ticket.createdAt} as="relative" /></span>
          </li>
        ))}
      </ul>
    </RelatedBox>
  );
};
