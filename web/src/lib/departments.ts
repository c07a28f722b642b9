import { useQuery } from '@tanstack/react-query';
import type { Department, Page } from '@/lib/api-types';
import { get } from '@/lib/http';

/** Every department by name. */
export const useDepartments = () => useQuery({
  queryKey: ['departments', 'all'],
  queryFn: async ({ signal }) => {
    const all: Department[] = [];
    let cursor: string | null | undefined;
    do {
      const page: Page<Department> = await get<Page<Department>>('departments', { limit: 500, sort: 'name', cursor }, signal);
      all.push(...page.data);
      cursor = page.page.hasMore ? page.page.next : null;
    } while (cursor);
    return all;
  },
});
