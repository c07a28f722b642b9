import type { NavigateOptions } from '@tanstack/react-router';
import { get, send } from '@/lib/http';
import type { Page, SearchAnswer, SearchHit } from '@/lib/api-types';
import { looksPersonal } from '@/lib/url-state';

/** Records of every kind the user may see, best first. A phone number or an e-mail address travels in the body, never in an address. */
export const findRecords = async (q: string, signal: AbortSignal): Promise<SearchAnswer> => looksPersonal(q)
  ? (await send<SearchAnswer>('POST', 'search', { body: { q }, reads: true, signal })).data
  : get<SearchAnswer>('search', { q }, signal);

/** Where a record is shown. */
export const addressOf = ({ type, id }: Pick<SearchHit, 'type' | 'id'>): NavigateOptions => {
  if (type === 'tasks') return { to: '/my-day', search: { tab: 'tasks', task: id } as never };
  return { to: type === 'opportunities' ? '/opportunities/$id' : type === 'tickets' ? '/tickets/$id' : '/customers/$id', params: { id } };
};

/** The list of a kind with the same quick search; text that looks personal stays out of the address. Null where a kind has no list of its own. */
export const listOf = (type: string, q: string): NavigateOptions | null => {
  const to = type === 'customers' ? '/customers' : type === 'opportunities' ? '/opportunities/list' : type === 'tickets' ? '/tickets' : null;
  if (!to) return null;
  return looksPersonal(q) ? { to, state: { hidden: { q } } as never } : { to, search: { q } as never };
};

export interface Recent { type: 'customers' | 'opportunities' | 'tickets'; id: string }
const most = 8;
const key = (user: string) => `crm.recent.${user}`;

/** The records this user opened last in this browser: which they were, and nothing of what is in them. */
export const recentRecords = (user: string): Recent[] => {
  try { return JSON.parse(localStorage.getItem(key(user)) ?? '[]') as Recent[]; } catch { return []; }
};

/** Remembers the record whose screen is opened. */
export const rememberRecord = (user: string, path: string) => {
  const [, type, id] = /^\/(customers|opportunities|tickets)\/([0-9a-f-]{36})$/.exec(path) ?? [];
  if (!type || !id) return;
  const records = [{ type, id } as Recent, ...recentRecords(user).filter((record) => record.id !== id)].slice(0, most);
  try { localStorage.setItem(key(user), JSON.stringify(records)); } catch { /* Private windows without storage remember nothing. */ }
};

interface Named { id: string; name?: string; subject?: string; number?: string; ownerName?: string | null; customerName?: string | null }

/** The same as they are called now, without those that are gone or not to be seen any more. */
export const namedRecords = async (records: Recent[], can: (right: string) => boolean, signal: AbortSignal): Promise<SearchHit[]> => {
  const types = [...new Set(records.map((record) => record.type))].filter((type) => can(`${type}.view`));
  const pages = await Promise.all(types.map(async (type) => {
    const filter = records.filter((record) => record.type === type).map((record) => `id = "${record.id}"`).join(' OR ');
    const fields = type === 'tickets' ? 'id,subject,number,customerName' : type === 'customers' ? 'id,name,ownerName' : 'id,name,customerName';
    return [type, (await get<Page<Named>>(type, { filter, fields }, signal)).data] as const;
  }));
  return records.flatMap(({ type, id }) => {
    const named = pages.find(([of]) => of === type)?.[1].find((record) => record.id === id);
    return named ? [{ type, id, title: named.name ?? named.subject ?? '', subtitle: named.number ?? named.ownerName ?? named.customerName ?? null, score: 1, similar: false, archived: false }] : [];
  });
};
