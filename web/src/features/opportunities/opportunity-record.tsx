import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { AsOfProvider } from '@/components/as-of';
import { BlameProvider } from '@/components/blame';
import { HistoryTab } from '@/components/history-tab';
import { ProblemAlert } from '@/components/problem-alert';
import { RecordLayout } from '@/components/record-layout';
import { RecordOutline } from '@/components/record-outline';
import { TasksBox } from '@/components/tasks-box';
import type { Opportunity } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useRecord } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { LinesTab } from './lines-tab';
import { OpportunityDetails } from './opportunity-details';
import { OpportunityHeader } from './opportunity-header';
import { CustomerBox, SameCustomerBox } from './related';
import { ReviewTab } from './review-tab';
import { useOpportunityWords } from './words';
import './opportunities.css';

const Record = () => {
  const { t } = useTranslation('opportunities');
  const can = useCan();
  const { id } = useParams({ from: '/shell/opportunities/$id' });
  const { asOf, set } = useAsOf();
  const { data: opportunity, error, refetch } = useRecord<Opportunity>('opportunities', id);
  const words = useOpportunityWords(opportunity?.pipelineId);
  const name = opportunity?.name;
  useEffect(() => { if (name) document.title = `${name} · CRM`; }, [name]);

  if (error && !opportunity) return <div style={{ padding: 20, maxWidth: 640 }}><ProblemAlert error={error} onRetry={() => (asOf ? set(undefined) : void refetch())} /></div>;
  if (!opportunity) return <RecordOutline />;
  const closed = opportunity.stageKind !== 'open';
  return (
    <BlameProvider resource="opportunities" id={opportunity.id} eventLabel={words.eventLabel}>
    <RecordLayout
      header={<OpportunityHeader opportunity={opportunity} />}
      details={<OpportunityDetails opportunity={opportunity} />}
      tabs={[
        { key: 'lines', label: t('line.title'), children: <LinesTab opportunity={opportunity} /> },
        ...(closed || opportunity.review ? [{ key: 'review', label: t('review.title'), children: <ReviewTab opportunity={opportunity} /> }] : []),
        { key: 'history', label: t('history'), children: <HistoryTab resource="opportunities" id={opportunity.id} {...words} /> },
      ]}
      aside={<><TasksBox field="opportunityId" id={opportunity.id} about={{ customerId: opportunity.customerId, customerName: opportunity.customerName, opportunityId: opportunity.id }} />{opportunity.customerId && can('customers.view') ? <CustomerBox id={opportunity.customerId} /> : null}{opportunity.customerId ? <SameCustomerBox opportunity={opportunity} /> : null}</>}
    />
    </BlameProvider>
  );
};

/** Everything about one opportunity, now or at any past instant. */
export const OpportunityRecordPage = () => <AsOfProvider><Record /></AsOfProvider>;
