import { useQuery } from '@tanstack/react-query';
import type { ImportJob, ImportStatus } from '@/lib/api-types';
import { get } from '@/lib/http';

/** A field a column can become. */
export interface TargetField { code: string; name: string; nameEn: string; required: boolean; type: string; choices: string[]; referenceTo?: string | null }
export interface ImportTarget { target: string; name: string; nameEn: string; customFields: boolean; fields: TargetField[]; externalKeys: boolean; matchKeys: string[] }

const working: ImportStatus[] = ['checking', 'running', 'reverting'];
export const isWorking = (status: ImportStatus) => working.includes(status);

/** One import; asked again every second while its job runs. */
export const useImport = (id: string) => useQuery({
  queryKey: ['imports', id, 'record'],
  queryFn: ({ signal }) => get<ImportJob>(`imports/${id}`, {}, signal),
  refetchInterval: ({ state }) => (state.data && isWorking(state.data.status) ? 1000 : false),
});
export const useTargets = () => useQuery({ queryKey: ['imports', 'targets'], queryFn: ({ signal }) => get<ImportTarget[]>('imports/targets', {}, signal), staleTime: Infinity });
