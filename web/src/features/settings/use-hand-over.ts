import { useQuery } from '@tanstack/react-query';
import type { BulkFaults, BulkJob, HandOverPreview } from '@/lib/api-types';
import { get } from '@/lib/http';

export const works = (job: BulkJob | undefined) => job?.state === 'running' || job?.state === 'undoing';

/** What names the user today. */
export const useHandOverPreview = (userId: string, enabled = true) =>
  useQuery({ queryKey: ['users', userId, 'hand-over'], enabled, queryFn: ({ signal }) => get<HandOverPreview>(`users/${userId}/hand-over`, {}, signal), staleTime: 0 });

/** The hand-overs of the user, newest first; asked again and again while one works. */
export const useHandOvers = (userId: string) => useQuery({
  queryKey: ['users', userId, 'hand-overs'], queryFn: ({ signal }) => get<{ data: BulkJob[] }>(`users/${userId}/hand-overs`, {}, signal), staleTime: 0,
  refetchInterval: (query) => (works(query.state.data?.data[0]) ? 700 : false),
});

/** What a job could not change or take back: the first hundred. */
export const useFaults = (userId: string, job: BulkJob) => useQuery({
  queryKey: ['users', userId, 'hand-overs', job.id, 'faults', job.state], enabled: !works(job) && job.refused + job.kept > 0,
  queryFn: ({ signal }) => get<BulkFaults>(`users/${userId}/hand-overs/${job.id}/faults`, {}, signal),
});
