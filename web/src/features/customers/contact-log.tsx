import { Button, Modal, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Contact, FollowUp } from '@/lib/api-types';
import { has } from '@/lib/filter';
import { useList } from '@/lib/lists';

/** The follow-ups in which a contact took part, newest first. */
const ContactLog = ({ customerId, contact, onClose }: { customerId: string; contact: Contact; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const query = useList<FollowUp>(`customers/${customerId}/follow-ups`, { filter: has('participantContactIds', [contact.id]), limit: 20 });
  return (
    <Modal open title={t('followUp.ofContact', { name: contact.name })} footer={null} onCancel={onClose}>
      {query.isPending && !query.error ? <Skeleton active /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('followUp.noneOfContact')}</p> : null}
      <ul className="contact-log">
        {query.rows.map((followUp) => (
          <li key={followUp.id}>
            <span className="muted"><DateText value={followUp.at} as="instant" /> · {t(`method.${followUp.method}`)} · {followUp.authorName}</span>
            <p className="timeline__text">{followUp.summary}</p>
          </li>
        ))}
      </ul>
      {query.hasNextPage ? <Button block size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('common:list.more')}</Button> : null}
      <ProblemAlert error={query.error} />
    </Modal>
  );
};
export default ContactLog;
