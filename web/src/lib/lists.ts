import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { HistoryItem, Page } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { get } from '@/lib/http';
import { listPage } from '@/lib/quick-search';

export interface ListParams { q?: string; filter?: string; sort?: string; fields?: string; limit?: number; [name: string]: string | number | undefined }

/** Keyset pages of a list, one after the other. `path` is relative to the API base, e.g. `customers` or `customers/{id}/timeline`. */
export const useList = <T>(path: string, params: ListParams = {}, enabled = true) => {
  const { query: past } = useAsOf();
  const query = useInfiniteQuery({
    queryKey: [...path.split('/'), 'list', params, past],
    queryFn: ({ pageParam, signal }) => listPage<T>(path, { limit: 50, ...params, ...past, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.page.hasMore ? last.page.next ?? undefined : undefined),
    placeholderData: keepPreviousData,
    enabled,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, rows };
};
/** What a list shows of its query, wherever the rows come from. */
export interface ListQuery<T> {
  rows: T[]; isPending: boolean; isFetching: boolean; isPlaceholderData: boolean; error: unknown; hasNextPage: boolean; isFetchingNextPage: boolean;
  fetchNextPage: () => unknown; refetch: () => unknown;
}

/** One record, at the instant the page is set to. */
export const useRecord = <T>(resource: string, id: string, enabled = true) => {
  const { query: past } = useAsOf();
  return useQuery({
    queryKey: [resource, id, 'record', past],
    queryFn: ({ signal }) => get<T>(`${resource}/${id}`, past, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
};

/** Every change of a record, newest first, whatever instant the page shows. */
export const useHistory = (resource: string, id: string, enabled = true) => {
  const query = useInfiniteQuery({
    queryKey: [resource, id, 'history'],
    queryFn: ({ pageParam, signal }) => get<Page<HistoryItem>>(`${resource}/${id}/history`, { limit: 200, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.page.hasMore ? last.page.next ?? undefined : undefined),
    enabled,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, items };
};
