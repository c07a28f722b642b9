import { useQuery } from '@tanstack/react-query';
import type { Page, Pipeline } from '@/lib/api-types';
import { get } from '@/lib/http';

/** The organisation's pipelines with their stages in order. */
export const usePipelines = () => useQuery({
  queryKey: ['pipelines'],
  queryFn: async ({ signal }) => (await get<Page<Pipeline>>('pipelines', {}, signal)).data,
  staleTime: 60_000,
});
