import { useQuery } from '@tanstack/react-query';
import { get } from '@/lib/http';

/** A short list of one's own that comes in one answer, in the form of the page's lists. */
export const useOwnList = <T>(path: string) => {
  const query = useQuery({ queryKey: [path], queryFn: ({ signal }) => get<{ data: T[] }>(path, undefined, signal) });
  return { ...query, rows: query.data?.data ?? [], hasNextPage: false, isFetchingNextPage: false, fetchNextPage: query.refetch };
};
