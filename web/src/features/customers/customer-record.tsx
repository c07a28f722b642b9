import { useParams } from '@tanstack/react-router';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { lazy, Suspense, useEffect } from 'react';
import { AsOfProvider } from '@/components/as-of';
import { BlameProvider } from '@/components/blame';
import { HistoryTab } from '@/components/history-tab';
import { ProblemAlert } from '@/components/problem-alert';
import { RecordLayout } from '@/components/record-layout';
import { RecordOutline } from '@/components/record-outline';
import { TasksBox } from '@/components/tasks-box';
import type { Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useRecord } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { AttachmentsBox } from './attachments-box';
import { ConsentsBox } from './consents-box';
import { ContactsBox } from './contacts-box';
import { CustomerDetails } from './customer-details';
import { CustomerHeader } from './customer-header';
import { MergesBox } from './merges-box';
import { FiguresBox } from './figures';
import { OpportunitiesBox, TicketsBox } from './related-boxes';
import { RelationsBox } from './relations-box';
import { RevealProvider } from './reveal';
import { Timeline } from './timeline';
import { useCustomerWords } from './words';
import './customers.css';

const PersonalTab = lazy(() => import('./personal-tab'));

const Record = () => {
  const { t } = useTranslation('customers');
  const { id } = useParams({ from: '/shell/customers/$id' });
  const { asOf, set } = useAsOf();
  const { data: customer, error, refetch } = useRecord<Customer>('customers', id);
  const words = useCustomerWords();
  const can = useCan();
  const name = customer?.name;
  useEffect(() => { if (name) document.title = `${name} · CRM`; }, [name]);

  if (error && !customer) return (
    <div style={{ padding: 20, maxWidth: 640 }}>
      <ProblemAlert error={error} onRetry={() => (asOf ? set(undefined) : void refetch())} />
    </div>
  );
  if (!customer) return <RecordOutline />;
  return (
    <BlameProvider resource="customers" id={customer.id} eventLabel={words.eventLabel}>
    <RevealProvider customer={customer}>
      <RecordLayout
        header={<CustomerHeader customer={customer} />}
        details={<CustomerDetails customer={customer} />}
        tabs={[
          { key: 'timeline', label: t('timeline.title'), children: <Timeline customer={customer} /> },
          { key: 'history', label: t('history'), children: <HistoryTab resource="customers" id={customer.id} {...words} /> },
          ...(can('audit.view') ? [{ key: 'personal', label: t('personal.title'), children: <Suspense fallback={<Skeleton active />}><PersonalTab customer={customer} /></Suspense> }] : []),
        ]}
        aside={<><FiguresBox customerId={customer.id} /><TasksBox field="customerId" id={customer.id} about={{ customerId: customer.id, customerName: customer.name }} /><ContactsBox customer={customer} /><RelationsBox customer={customer} /><OpportunitiesBox customerId={customer.id} /><TicketsBox customerId={customer.id} /><AttachmentsBox customer={customer} /><ConsentsBox customer={customer} /><MergesBox customer={customer} /></>}
      />
    </RevealProvider>
    </BlameProvider>
  );
};

/** Everything about one customer, now or at any past instant. */
export const CustomerRecordPage = () => <AsOfProvider><Record /></AsOfProvider>;
