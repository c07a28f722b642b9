import { StarFilled } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ShareButton } from '@/components/share-dialog';
import { StandIn } from '@/components/stand-in';
import { ProblemAlert } from '@/components/problem-alert';
import type { Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay, useSession } from '@/lib/session';
import { ClockMark, PriorityMark, StatusMark } from './marks';
import type { Dialog } from './ticket-dialog';
import { unfinished } from './words';

const TicketDialog = lazy(() => import('./ticket-dialog'));

export const TicketHeader = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const { user } = useSession();
  const may = useMay('tickets', ticket);
  const { asOf } = useAsOf();
  const { busy, error, execute } = useCommandState();
  const [dialog, setDialog] = useState<Dialog>();
  const editable = may('change') && !asOf;
  const running = unfinished.includes(ticket.status);
  const at = asOf ? Date.parse(asOf) : undefined;

  return (
    <header className="ticket-head">
      <div className="ticket-head__main">
        <div className="ticket-head__title"><span className="muted number">{ticket.number}</span><h1>{ticket.subject}</h1><StatusMark value={ticket.status} /></div>
        <div className="ticket-head__facts">
          <PriorityMark value={ticket.priority} />
          {ticket.customerId ? <span>{t('field.customerId')} <Link to="/customers/$id" params={{ id: ticket.customerId }}>{ticket.customerName ?? t('openCustomer')}</Link></span> : null}
          <span>{t('field.assigneeId')} <b>{ticket.assigneeName ?? t('unassigned')}</b>{asOf ? null : <> <StandIn userId={ticket.assigneeId} /></>}</span>
          {ticket.clocks?.map((clock) => <ClockMark key={clock.name} clock={clock} named at={at} />)}
          {ticket.score ? <span className="rating">{t('field.score')} <b className="number">{ticket.score}</b><StarFilled style={{ color: 'var(--warning)' }} aria-hidden="true" /></span> : null}
        </div>
        <ProblemAlert error={error} />
      </div>
      {asOf ? null : <ShareButton resource="tickets" id={ticket.id} shares={ticket.shares ?? []} editable={may('assign')} />}
      {editable ? (
        <div className="ticket-head__commands">
          {running && may('assign') && ticket.assigneeId !== user.id ? <Button loading={busy} onClick={() => void execute({ path: `tickets/${ticket.id}/assign`, body: { assigneeId: user.id }, version: ticket.version, done: t('saved') })}>{t('takeIt')}</Button> : null}
          {running && may('assign') ? <Button onClick={() => setDialog('assign')}>{t('assign')}</Button> : null}
          {running ? <Button type="primary" onClick={() => setDialog('resolve')}>{t('resolve')}</Button> : null}
          {ticket.status === 'resolved' || ticket.status === 'closed' ? <Button onClick={() => setDialog('rate')}>{t('rate')}</Button> : null}
          {!running ? <Button onClick={() => setDialog('reopen')}>{t('reopen')}</Button> : null}
          {ticket.status === 'resolved' && may('close') ? <Button onClick={() => setDialog('close')}>{t('close')}</Button> : null}
        </div>
      ) : null}
      <Suspense fallback={null}>{dialog ? <TicketDialog ticket={ticket} dialog={dialog} onClose={() => setDialog(undefined)} /> : null}</Suspense>
    </header>
  );
};
