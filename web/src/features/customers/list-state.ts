import * as z from 'zod/mini';
import { and, equals, has, oneOf } from '@/lib/filter';
import { ownFilter, ownListState } from '@/lib/own-filter';
import { lifecycles, tiers } from './words';

const optional = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined);
const many = <const T extends readonly string[]>(values: T) => optional(z.array(z.enum(values)));

/** What the customer list shows; all of it stands in the address. */
export const customerListState = z.object({
  q: optional(z.coerce.string()),
  lifecycle: many(lifecycles),
  tier: many(tiers),
  owner: optional(z.string()),
  tag: optional(z.array(z.coerce.string())),
  due: optional(z.enum(['overdue', 'week', 'none'])),
  archived: optional(z.boolean()),
  soon: optional(z.boolean()),
  segment: optional(z.string()),
  ...ownListState,
  sort: optional(z.string().check(z.regex(/^-?[\w.]+$/))),
});
export type CustomerListState = z.infer<typeof customerListState>;

const dues = { overdue: 'dueAt < now', week: 'dueAt < now+7d', none: 'nextFollowUpAt = null' };

/** `me` as owner is the signed-in user, so that a shared link shows everybody their own customers. */
export const customerListParams = (state: CustomerListState, me: string) => ({
  q: state.q?.trim() || undefined,
  filter: and(
    oneOf('lifecycle', state.lifecycle), oneOf('tier', state.tier), equals('ownerId', state.owner === 'me' ? me : state.owner),
    has('tags', state.tag), state.due && dues[state.due], state.archived ? 'archived = true' : undefined, state.soon ? 'recycleOn != null' : undefined, equals('segment', state.segment), ownFilter(state.own),
  ),
  sort: state.sort ?? (state.q ? undefined : '-updatedAt'),
});
