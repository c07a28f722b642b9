import { useQuery } from '@tanstack/react-query';
import type { HandOverPreview } from '@/lib/api-types';
import { get } from '@/lib/http';

/** What names the user today. */
export const useHandOverPreview = (userId: string, enabled = true) =>
  useQuery({ queryKey: ['users', userId, 'hand-over'], enabled, queryFn: ({ signal }) => get<HandOverPreview>(`users/${userId}/hand-over`, {}, signal), staleTime: 0 });
