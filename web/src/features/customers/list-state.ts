import { z } from 'zod';
import { and, equals, has, oneOf } from '@/lib/filter';
import { lifecycles, tiers } from './words';

const many = <T extends [string, ...string[]]>(values: T) => z.array(z.enum(values)).optional().catch(undefined);

/** What the customer list shows; all of it stands in the address. */
export const customerListState = z.object({
  q: z.coerce.string().optional().catch(undefined),
  lifecycle: many(lifecycles as [string, ...string[]]),
  tier: many(tiers as [string, ...string[]]),
  owner: z.string().optional().catch(undefined),
  tag: z.array(z.coerce.string()).optional().catch(undefined),
  due: z.enum(['overdue', 'week', 'none']).optional().catch(undefined),
  sort: z.string().regex(/^-?[\w.]+$/).optional().catch(undefined),
});
export type CustomerListState = z.infer<typeof customerListState>;

const dues = { overdue: 'nextFollowUpAt < now', week: 'nextFollowUpAt < now+7d', none: 'nextFollowUpAt = null' };

/** `me` as owner is the signed-in user, so that a shared link shows everybody their own customers. */
export const customerListParams = (state: CustomerListState, me: string) => ({
  q: state.q?.trim() || undefined,
  filter: and(
    oneOf('lifecycle', state.lifecycle), oneOf('tier', state.tier), equals('ownerId', state.owner === 'me' ? me : state.owner),
    has('tags', state.tag), state.due && dues[state.due],
  ),
  sort: state.sort ?? (state.q ? undefined : '-updatedAt'),
});
