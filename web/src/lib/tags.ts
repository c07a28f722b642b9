import { useQuery } from '@tanstack/react-query';
import type { Page, Segment, Tag } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useMaybeSession } from '@/lib/session';

const useAll = <T,>(resource: string) => {
  const enabled = useMaybeSession()?.rights.includes(`${resource}.view`) ?? false;
  return useQuery({ queryKey: [resource, 'all'], enabled, queryFn: async ({ signal }) => (await get<Page<T>>(resource, { limit: 500, sort: 'name' }, signal)).data });
};

/** The catalogue of tags; none for who may not see it. */
export const useTags = () => useAll<Tag>('tags');
/** Shared segments and the user's own. */
export const useSegments = () => useAll<Segment>('segments');
export const dimensions = ['value', 'need', 'status'];
