import { Link } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { ActorText, SourceText } from '@/components/source-text';
import { DateText } from '@/components/values';
import type { AccessLedgerEntry, Customer } from '@/lib/api-types';
import { useOwnWords } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { AttachmentLinks } from './attachment-links';

/** Who saw, looked for or handed out what is known of the customer, and what can be done about it. */
const PersonalTab = ({ customer }: { customer: Customer }) => {
  const { t, i18n } = useTranslation('customers');
  const can = useCan();
  const own = useOwnWords('customers');
  const ofContacts = useOwnWords('contacts');
  const query = useList<AccessLedgerEntry>(`customers/${customer.id}/access-ledger`);
  const word = (field: string) => own.label(field) ?? ofContacts.label(field) ?? (i18n.exists(`customers:personal.by.${field}`) ? t(`personal.by.${field}`) : i18n.exists(`customers:field.${field}`) ? t(`field.${field}`) : field);
  return (
    <>
      <p className="muted" style={{ marginBottom: 12 }}>{t('personal.ledgerText')}</p>
      <p className="personal__links">
        {can('customers.plain') && !customer.erased ? <Link to="/customers/$id/report" params={{ id: customer.id }}>{t('personal.report')}</Link> : null}
        {can('customers.erase') ? <Link to="/customers/$id/erasures" params={{ id: customer.id }}>{t('personal.certificates')}</Link> : null}
      </p>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending && !query.error ? <Skeleton active paragraph={{ rows: 4 }} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <EmptyState title={t('personal.ledgerNone')} /> : null}
      <ul className="personal__ledger" aria-label={t('personal.ledger')}>
        {query.rows.map((entry) => (
          <li key={entry.id}>
            <b>{t(`personal.kind.${entry.kind}`)}</b>{entry.fields.length > 0 ? `：${entry.fields.map(word).join(t('common:comma'))}` : ''}{entry.attachmentId ? <>：<AttachmentLinks customerId={customer.id} ids={[entry.attachmentId]} otherwise={t('attachment.gone')} /></> : null}
            <span className="muted"> <ActorText id={entry.actorId} name={entry.actorName} /> · <SourceText value={entry.source} /> · <DateText value={entry.at} as="instant" /></span>
            {entry.reason && entry.kind !== 'erased' ? <p>{entry.reason}</p> : entry.reason === '' ? <p className="muted">{t('common:history.reasonErased')}</p> : null}
          </li>
        ))}
      </ul>
      {query.hasNextPage ? <Button block loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('common:list.more')}</Button> : null}
    </>
  );
};
export default PersonalTab;
