import type { NavigateOptions } from '@tanstack/react-router';
import type { Customer, Ticket } from '@/lib/api-types';
import { listPage } from '@/lib/quick-search';

export interface Hit { kind: 'customer' | 'ticket'; id: string; title: string; subtitle?: string | null; address: NavigateOptions }

/** The lists that can be found in from anywhere: how a record of each is named and where it is shown. */
const sources = [
  { right: 'customers.view', find: async (q: string, signal: AbortSignal): Promise<Hit[]> => (await listPage<Customer>('customers', { q, limit: 6 }, signal)).data.map((customer) => ({ kind: 'customer', id: customer.id, title: customer.name, subtitle: customer.ownerName, address: { to: '/customers/$id', params: { id: customer.id } } })) },
  { right: 'tickets.view', find: async (q: string, signal: AbortSignal): Promise<Hit[]> => (await listPage<Ticket>('tickets', { q, limit: 4 }, signal)).data.map((ticket) => ({ kind: 'ticket', id: ticket.id, title: ticket.subject, subtitle: ticket.number, address: { to: '/tickets/$id', params: { id: ticket.id } } })) },
];

/** Records of every kind the user may see; a list that fails does not hide what the others found. */
export const findRecords = async (q: string, can: (right: string) => boolean, signal: AbortSignal) => {
  const answers = await Promise.allSettled(sources.filter((source) => can(source.right)).map((source) => source.find(q, signal)));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed && answers.every((answer) => answer.status === 'rejected')) throw failed.reason;
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
};
