import { useQuery } from '@tanstack/react-query';
import type { Page, Product } from '@/lib/api-types';
import { get } from '@/lib/http';

/** What can be sold, and what once could. */
export const useProducts = () => useQuery({
  queryKey: ['products', 'choose'],
  queryFn: async ({ signal }) => (await get<Page<Product>>('products', { limit: 500, sort: 'name' }, signal)).data,
  staleTime: 60_000,
});
