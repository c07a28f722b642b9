import { useQuery } from '@tanstack/react-query';
import type { Page, Segment, Tag } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useMaybeSession } from '@/lib/session';

const useAll = <T,>(resource: string, again?: (rows: T[]) => boolean) => {
  const enabled = useMaybeSession()?.rights.includes(`${resource}.view`) ?? false;
  return useQuery({ queryKey: [resource, 'all'], enabled, queryFn: async ({ signal }) => (await get<Page<T>>(resource, { limit: 500, sort: 'name' }, signal)).data, refetchInterval: (query) => (again && query.state.data && again(query.state.data) ? 2000 : false) });
};

/** The catalogue of tags; none for who may not see it. Watched, it is read again while a rule is being worked out. */
export const useTags = (watched = false) => useAll<Tag>('tags', watched ? (tags) => tags.some((tag) => tag.computing) : undefined);
/** Shared segments and the user's own. */
export const useSegments = () => useAll<Segment>('segments');
export const dimensions = ['value', 'need', 'status'];
