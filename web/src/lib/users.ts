import { useQuery } from '@tanstack/react-query';
import type { Page, User } from '@/lib/api-types';
import { get } from '@/lib/http';

/** Everybody a record can belong to, imported sales agents without sign-in too. */
export const useUsers = () => useQuery({
  queryKey: ['users', 'all'],
  queryFn: async ({ signal }) => {
    const users: User[] = [];
    let cursor: string | null | undefined;
    do {
      const page: Page<User> = await get<Page<User>>('users', { limit: 500, cursor }, signal);
      users.push(...page.data);
      cursor = page.page.hasMore ? page.page.next : null;
    } while (cursor);
    return users;
  },
  staleTime: 300_000,
});
