import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText, MoneyText } from '@/components/values';
import type { Customer, Opportunity } from '@/lib/api-types';
import { equals } from '@/lib/filter';
import { useList, useRecord } from '@/lib/lists';
import { StageMark } from './marks';

/** The customer as a salesperson needs it beside the opportunity. */
export const CustomerBox = ({ id }: { id: string }) => {
  const { t } = useTranslation('opportunities');
  const { data: customer, error, refetch } = useRecord<Customer>('customers', id);
  return (
    <RelatedBox title={t('field.customerId')}>
      {error && !customer ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : null}
      {customer ? (
        <ul>
          <li className="related-opportunity"><Link to="/customers/$id" params={{ id }}>{customer.name}</Link>{customer.phone ? <a href={`tel:${customer.phone}`}>{customer.phone}</a> : null}</li>
          <li className="related-opportunity"><span className="muted">{t('lastFollowUp')}</span><DateText value={customer.lastFollowUpAt} as="relative" /></li>
          <li className="related-opportunity"><span className="muted">{t('nextFollowUp')}</span><DateText value={customer.nextFollowUpAt} as="relative" /></li>
        </ul>
      ) : null}
    </RelatedBox>
  );
};

/** What else is going on with the same customer, newest first. */
export const SameCustomerBox = ({ opportunity }: { opportunity: Opportunity }) => {
  const { t } = useTranslation('opportunities');
  const query = useList<Opportunity>('opportunities', { filter: equals('customerId', opportunity.customerId), sort: '-updatedAt', limit: 11 });
  const others = query.rows.filter((row) => row.id !== opportunity.id).slice(0, 10);
  return (
    <RelatedBox title={t('sameCustomer')}>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && !query.error && others.length === 0 ? <p className="muted">{t('board.empty')}</p> : null}
      <ul>
        {others.map((row) => (
          <li key={row.id} className="related-opportunity"><Link to="/opportunities/$id" params={{ id: row.id }}>{row.name}</Link><span><StageMark value={row} /> <MoneyText value={row.amount} compact /></span></li>
        ))}
      </ul>
    </RelatedBox>
  );
};
