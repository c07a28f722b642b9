import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Contact, FollowUp } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useUsers } from '@/lib/users';

/** Who took part: contacts and colleagues by identity, others by name. */
export type Participants = Pick<FollowUp, 'participants' | 'participantUserIds' | 'participantContactIds'>;
const prefix = { contact: 'contact:', user: 'user:' };

/** One control for all who took part. */
export const ParticipantsSelect = ({ customerId, value, onChange, id }: { customerId: string; value?: Participants; onChange?: (value: Participants) => void; id?: string }) => {
  const { t } = useTranslation('customers');
  const users = useUsers();
  const contacts = useList<Contact>(`customers/${customerId}/contacts`);
  const chosen = [
    ...(value?.participantContactIds ?? []).map((each) => prefix.contact + each), ...(value?.participantUserIds ?? []).map((each) => prefix.user + each), ...(value?.participants ?? []),
  ];
  const change = (next: string[]) => {
    const of = (kind: string) => next.filter((each) => each.startsWith(kind)).map((each) => each.slice(kind.length));
    onChange?.({ participantContactIds: of(prefix.contact), participantUserIds: of(prefix.user), participants: next.filter((each) => !each.startsWith(prefix.contact) && !each.startsWith(prefix.user)) });
  };
  const options = [
    { label: t('followUp.people.contacts'), options: contacts.rows.filter((contact) => !contact.erased).map((contact) => ({ value: prefix.contact + contact.id, label: contact.name })) },
    { label: t('followUp.people.users'), options: (users.data ?? []).filter((user) => user.active || value?.participantUserIds?.includes(user.id)).map((user) => ({ value: prefix.user + user.id, label: user.displayName })) },
  ].filter((group) => group.options.length > 0);
  return (
    <Select<string[]>
      id={id} mode="tags" tokenSeparators={[',', '，', '、']} showSearch={{ optionFilterProp: 'label' }} placeholder={t('followUp.participantsHint')} value={chosen} onChange={change} options={options}
    />
  );
};
