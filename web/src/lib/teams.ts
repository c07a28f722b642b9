import { useQuery } from '@tanstack/react-query';
import type { Page, Team } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useMaybeSession } from '@/lib/session';

/** Every team by name; none for who may not see teams. */
export const useTeams = () => {
  const enabled = useMaybeSession()?.rights.includes('teams.view') ?? false;
  return useQuery({
    queryKey: ['teams', 'all'],
    enabled,
    queryFn: async ({ signal }) => {
      const all: Team[] = [];
      let cursor: string | null | undefined;
      do {
        const page: Page<Team> = await get<Page<Team>>('teams', { limit: 500, sort: 'name', cursor }, signal);
        all.push(...page.data);
        cursor = page.page.hasMore ? page.page.next : null;
      } while (cursor);
      return all;
    },
  });
};
