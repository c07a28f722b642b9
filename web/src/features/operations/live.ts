import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo } from 'react';
import type { Page } from '@/lib/api-types';
import { get } from '@/lib/http';
import { isProblem } from '@/lib/problem';
import type { HealthReport } from './types';

/** Whether the page follows what happens. A person may hold it still; a hidden tab asks nothing in any case. */
export const Following = createContext(true);
const every = 2_000;
const useInterval = () => (useContext(Following) ? every : (false as const));

/** One answer, asked again every two seconds while the page is seen. */
export const useLive = <T>(path: string, query: Record<string, string | undefined> = {}, enabled = true) => {
  const refetchInterval = useInterval();
  return useQuery({
    queryKey: [...path.split('/'), query], queryFn: ({ signal }) => get<T>(path, query, signal), refetchInterval, placeholderData: keepPreviousData, enabled, staleTime: 0,
  });
};

/** A short list that comes in one answer, in the form of the page's lists. */
export const useLiveRows = <T>(path: string, query: Record<string, string | undefined> = {}) => {
  const live = useLive<{ data: T[] }>(path, query);
  return { ...live, rows: live.data?.data ?? [], hasNextPage: false, isFetchingNextPage: false, fetchNextPage: live.refetch };
};

/** A long list page by page. It follows by itself while only its first pages are loaded: to read on means to look at what was. */
export const useLiveList = <T>(path: string, params: Record<string, string | undefined>) => {
  const interval = useInterval();
  const query = useInfiniteQuery({
    queryKey: [...path.split('/'), 'list', params],
    queryFn: ({ pageParam, signal }) => get<Page<T>>(path, { limit: 50, ...params, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.page.hasMore ? last.page.next ?? undefined : undefined),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 2 ? interval : false),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, rows };
};

/** The health of the node that answers. That it cannot serve is an answer too. */
export const useHealth = () => useQuery({
  queryKey: ['operations', 'health'], refetchInterval: useInterval(), staleTime: 0,
  queryFn: async ({ signal }): Promise<HealthReport> => {
    try { return await get<HealthReport>('/health/ready', {}, signal); } catch (error) {
      if (isProblem(error) && error.status === 503 && error.checks) return { status: 'unhealthy', checks: error.checks as HealthReport['checks'] };
      throw error;
    }
  },
});
