import { z } from 'zod';
import { and, equals, oneOf } from '@/lib/filter';
import { priorities, statuses, unfinished } from './words';

const many = (values: readonly string[]) => z.array(z.string().refine((value) => values.includes(value))).optional().catch(undefined);

/** What the ticket queue shows; all of it stands in the address. Without `status` it shows what is not finished. */
export const ticketListState = z.object({
  q: z.coerce.string().optional().catch(undefined),
  view: z.enum(['unassigned', 'mine', 'all']).optional().catch(undefined),
  status: many(statuses),
  priority: many(priorities),
  assignee: z.string().optional().catch(undefined),
  sort: z.string().regex(/^-?[\w.]+$/).optional().catch(undefined),
});
export type TicketListState = z.infer<typeof ticketListState>;

export const ticketListParams = (state: TicketListState, me: string) => ({
  q: state.q?.trim() || undefined,
  filter: and(
    oneOf('status', state.status ?? (state.view === 'all' ? undefined : unfinished)), oneOf('priority', state.priority),
    state.view === 'mine' ? equals('assigneeId', me) : state.view === 'unassigned' ? equals('assigneeId', null) : equals('assigneeId', state.assignee),
  ),
  sort: state.sort ?? (state.q ? undefined : '-createdAt'),
});
