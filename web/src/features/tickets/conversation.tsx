import { LockOutlined } from '@ant-design/icons';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '@/components/avatar';
import { DateText } from '@/components/values';
import type { Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay } from '@/lib/session';
import { unfinished } from './words';

const ReplyForm = lazy(() => import('./reply-form'));

/** What the customer wrote and what was answered, oldest first, with the reply below. */
export const Conversation = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const may = useMay('tickets', ticket);
  const { asOf } = useAsOf();
  const caller = ticket.contactName ?? ticket.requester?.name ?? ticket.customerName;
  return (
    <>
      <ol aria-label={t('conversation')}>
        <li className="answer" data-from="customer">
          <div className="answer__head"><Avatar name={caller ?? '?'} /><b>{caller ?? t('caller')}</b><span>{t(`channel.${ticket.channel}`)}</span><DateText value={ticket.openedAt ?? ticket.createdAt} as="instant" /></div>
          <p>{ticket.description || ticket.subject}</p>
        </li>
        {ticket.answers?.map((answer) => (
          <li key={answer.id} className="answer" data-from={answer.internal ? 'internal' : 'agent'}>
            <div className="answer__head">
              <Avatar name={answer.authorName ?? '?'} /><b>{answer.authorName ?? t('common:system')}</b>
              {answer.internal ? <span><LockOutlined aria-hidden="true" /> {t('internalNote')}</span> : <span>{t('answer')}</span>}
              <DateText value={answer.at} as="instant" />
            </div>
            <p>{answer.text}</p>
          </li>
        ))}
      </ol>
      {may('change') && !asOf && unfinished.includes(ticket.status) ? <Suspense fallback={null}><ReplyForm ticket={ticket} /></Suspense> : null}
    </>
  );
};
