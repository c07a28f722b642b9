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
import type { Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useRecord } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { Conversation } from './conversation';
import { TicketDetails } from './ticket-details';
import { TicketHeader } from './ticket-header';
import { useTicketWords } from './words';
import './tickets.css';

const Record = () => {
  const { t } = useTranslation('tickets');
  const { id } = useParams({ from: '/shell/tickets/$id' });
  const { asOf, set } = useAsOf();
  const can = useCan();
  const { data: ticket, error, refetch } = useRecord<Ticket>('tickets', id);
  const words = useTicketWords();
  const title = ticket && `${ticket.number} ${ticket.subject}`;
  useEffect(() => { if (title) document.title = `${title} · CRM`; }, [title]);

  if (error && !ticket) return <div style={{ padding: 20, maxWidth: 640 }}><ProblemAlert error={error} onRetry={() => (asOf ? set(undefined) : void refetch())} /></div>;
  if (!ticket) return <RecordOutline />;
  return (
    <BlameProvider resource="tickets" id={ticket.id} eventLabel={words.eventLabel}>
    <RecordLayout
      header={<TicketHeader ticket={ticket} />}
      details={<TicketDetails ticket={ticket} />}
      tabs={[
        { key: 'conversation', label: t('conversation'), children: <Conversation ticket={ticket} /> },
        { key: 'history', label: t('history'), children: <HistoryTab resource="tickets" id={ticket.id} {...words} /> },
      ]}
      aside={can('tasks.view') ? <TasksBox field="ticketId" id={ticket.id} about={{ customerId: ticket.customerId, customerName: ticket.customerName, ticketId: ticket.id }} /> : undefined}
    />
    </BlameProvider>
  );
};

/** Everything about one ticket, now or at any past instant. */
export const TicketRecordPage = () => <AsOfProvider><Record /></AsOfProvider>;
