import type { Page } from '@/lib/api-types';
import { get, send } from '@/lib/http';
import { looksPersonal } from '@/lib/url-state';

/** One page of a list. Text that may be a phone number or an e-mail address travels in the body, never in an address. */
export const listPage = async <T>(path: string, params: Record<string, string | number | undefined>, signal?: AbortSignal): Promise<Page<T>> => {
  if (typeof params.q !== 'string' || !looksPersonal(params.q)) return get<Page<T>>(path, params, signal);
  const body = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined && value !== ''));
  return (await send<Page<T>>('POST', `${path}/search`, { body, reads: true, signal })).data;
};
