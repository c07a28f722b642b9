import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { FunnelReport, KeyFigures } from '@/lib/api-types';
import { get } from '@/lib/http';

/** What a report is asked about; days are `YYYY-MM-DD`. */
export interface ReportParams { from?: string; to?: string; ownerId?: string; pipelineId?: string; groupBy?: string; asOf?: string; basis?: string }

/** A report in the user's language, for its formulas are worded by the server. */
const useReport = <T>(name: string, params: ReportParams, enabled = true) => {
  const { i18n } = useTranslation();
  return useQuery({
    queryKey: ['reports', name, params, i18n.language], placeholderData: keepPreviousData, enabled,
    queryFn: ({ signal }) => get<T>(`reports/${name}`, { ...params }, signal),
  });
};
export const useFunnel = (params: ReportParams, enabled = true) => useReport<FunnelReport>('funnel', params, enabled);
export const useKeyFigures = (params: ReportParams, enabled = true) => useReport<KeyFigures>('key-figures', params, enabled);

/** The page of the rows behind a figure, from the address the server gives: `/api/v1/reports/{report}/rows?…`. */
export const rowsSearch = (rows: string): Record<string, string> => {
  const [path = '', query = ''] = rows.split('?');
  return { report: path.split('/').at(-2) ?? '', ...Object.fromEntries(new URLSearchParams(query)) };
};
