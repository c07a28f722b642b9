import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Ticket } from '@/lib/api-types';
import { and, equals, oneOf } from '@/lib/filter';
import { useList } from '@/lib/lists';
import { useNow } from '@/lib/now';
import { useSession } from '@/lib/session';

/** The end of the clock that runs out first. */
const due = (ticket: Ticket) => ticket.clocks.filter((clock) => !clock.stoppedAt).map((clock) => clock.dueAt).sort()[0];

/** My tickets that are not finished, oldest first. */
export const Tickets = () => {
  const { t } = useTranslation('home');
  const { user } = useSession();
  const now = useNow();
  const query = useList<Ticket>('tickets', { filter: and(equals('assigneeId', user.id), oneOf('status', ['open', 'assigned', 'answered', 'solutionProposed'])), sort: 'createdAt', limit: 8 });
  return (
    <section className="panel" aria-label={t('tickets')}>
      <div className="panel__head"><h2>{t('tickets')}</h2><Link to="/tickets" search={{ view: 'mine' } as never}>{t('all')}</Link></div>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && !query.error && query.rows.length === 0 ? <p className="muted">{t('noTickets')}</p> : null}
      <ul>
        {query.rows.slice(0, 8).map((ticket) => {
          const at = due(ticket);
          const late = at !== undefined && Date.parse(at) < now;
          return (
            <li key={ticket.id} className="work-row"><span><Link to="/tickets/$id" params={{ id: ticket.id }}>{ticket.subject}</Link> <span className="muted">{ticket.customerName}</span></span>{at ? <span className={late ? 'work-row__late' : 'muted'}>{t(late ? 'late' : 'due')} <DateText value={at} as="relative" /></span> : null}</li>
          );
        })}
      </ul>
    </section>
  );
};
