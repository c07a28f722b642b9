import { QueryClient } from '@tanstack/react-query';
import { isProblem } from '@/lib/problem';

/** Refusals are answers: only a broken connection or an overloaded server is worth another try. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && isProblem(error) && (error.status === 0 || error.status === 503),
    },
    mutations: { retry: false },
  },
});
