import type { Delegation, User } from '@/lib/api-types';
import { todayIn } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';

/** Who stands in for somebody on a day of the organisation's calendar. */
export const standIn = (user: Pick<User, 'delegations'> | undefined, today: string): Delegation | undefined => user?.delegations?.find((each) => each.from <= today && today <= each.until);

/** Delegations that are not over on a day, the next one first. */
export const ahead = (user: Pick<User, 'delegations'> | undefined, today: string): Delegation[] => (user?.delegations ?? []).filter((each) => each.until >= today).sort((a, b) => a.from.localeCompare(b.from));

/** `absence(id)` tells who stands in today for a user who is absent, and until when. */
export const useAbsence = () => {
  const { timeZone } = useLocale();
  const users = useUsers().data ?? [];
  const today = todayIn(timeZone);
  return (id: string | null | undefined) => {
    const delegation = id ? standIn(users.find((user) => user.id === id), today) : undefined;
    return delegation ? { name: users.find((user) => user.id === delegation.delegateId)?.displayName ?? '…', until: delegation.until } : undefined;
  };
};
