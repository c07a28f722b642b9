import { useQuery } from '@tanstack/react-query';
import type { BulkFaults, BulkJob } from '@/lib/api-types';
import { get } from '@/lib/http';

export const works = (job: BulkJob | undefined) => job?.state === 'running' || job?.state === 'undoing';

/** Jobs on many records, newest first; asked again and again while one works. `path` is relative to the API base: `customers/bulk`. */
export const useBulkJobs = (path: string, enabled = true) => useQuery({
  queryKey: path.split('/'), enabled, queryFn: ({ signal }) => get<{ data: BulkJob[] }>(path, {}, signal), staleTime: 0,
  refetchInterval: (query) => (query.state.data?.data.some(works) ? 700 : false),
});

/** What a job could not change or take back: the first hundred. */
export const useFaults = (path: string, job: BulkJob) => useQuery({
  queryKey: [...path.split('/'), job.id, 'faults', job.state], enabled: !works(job) && job.refused + job.kept > 0,
  queryFn: ({ signal }) => get<BulkFaults>(`${path}/${job.id}/faults`, {}, signal),
});
