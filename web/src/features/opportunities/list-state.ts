import * as z from 'zod/mini';
import { and, equals, oneOf } from '@/lib/filter';
import { ownFilter, ownListState } from '@/lib/own-filter';

const optional = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined);

/** What the list of opportunities shows; all of it stands in the address. Without `view` and `stage` it shows the open ones. */
export const opportunityListState = z.object({
  q: optional(z.coerce.string()),
  view: optional(z.enum(['mine', 'all'])),
  pipeline: optional(z.string()),
  stage: optional(z.array(z.string())),
  owner: optional(z.string()),
  min: optional(z.number()),
  max: optional(z.number()),
  customer: optional(z.string()),
  kind: optional(z.enum(['won'])),
  since: optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/))),
  ...ownListState,
  sort: optional(z.string().check(z.regex(/^-?[\w.]+$/))),
});
export type OpportunityListState = z.infer<typeof opportunityListState>;

export const opportunityListParams = (state: OpportunityListState, me: string) => ({
  q: state.q?.trim() || undefined,
  filter: and(
    equals('pipelineId', state.pipeline), oneOf('stage', state.stage), state.stage?.length || state.view === 'all' ? undefined : equals('closed', false),
    equals('customerId', state.customer), equals('stageKind', state.kind), state.since && `closedOn >= ${state.since}`,
    equals('ownerId', state.view === 'mine' ? me : state.owner),
    state.min === undefined ? undefined : `amount >= ${state.min}`, state.max === undefined ? undefined : `amount <= ${state.max}`, ownFilter(state.own),
  ),
  sort: state.sort ?? (state.q ? undefined : '-updatedAt'),
});
