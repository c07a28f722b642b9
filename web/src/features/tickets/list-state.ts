import * as z from 'zod/mini';
import { and, equals, oneOf } from '@/lib/filter';
import { ownFilter, ownListState } from '@/lib/own-filter';
import { priorities, statuses, unfinished } from './words';

const optional = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined);
const many = <const T extends readonly string[]>(values: T) => optional(z.array(z.enum(values)));

/** What the ticket queue shows; all of it stands in the address. Without `status` it shows what is not finished, what is due next first. */
export const ticketListState = z.object({
  q: optional(z.coerce.string()),
  view: optional(z.enum(['unassigned', 'mine', 'all'])),
  status: many(statuses),
  priority: many(priorities),
  assignee: optional(z.string()),
  clock: optional(z.enum(['overdue', 'breached'])),
  customer: optional(z.string()),
  ...ownListState,
  sort: optional(z.string().check(z.regex(/^-?[\w.]+$/))),
});
export type TicketListState = z.infer<typeof ticketListState>;

export const ticketListParams = (state: TicketListState, me: string) => ({
  q: state.q?.trim() || undefined,
  filter: and(
    oneOf('status', state.status ?? (state.view === 'all' ? undefined : unfinished)), oneOf('priority', state.priority),
    equals('customerId', state.customer), state.clock && `${state.clock} = true`, ownFilter(state.own),
    state.view === 'mine' ? equals('assigneeId', me) : state.view === 'unassigned' ? equals('assigneeId', null) : equals('assigneeId', state.assignee),
  ),
  sort: state.sort ?? (state.q ? undefined : state.view === 'all' || state.status ? '-openedAt' : 'dueAt'),
});
