import type { NavigateOptions } from '@tanstack/react-router';
import type { SearchHit } from '@/lib/api-types';

/** Where a found record is shown; undefined when its kind has no page of its own. */
export const hitAddress = (hit: SearchHit): NavigateOptions | undefined => {
  switch (hit.kind) {
    case 'customer': return { to: '/customers/$id', params: { id: hit.id } };
    case 'ticket': return { to: '/tickets/$id', params: { id: hit.id } };
    default: return undefined;
  }
};
