import { ApiProblem } from '@/lib/problem';

/** Base of the API: the page's own origin unless the build names another one. */
const apiBase: string = import.meta.env.VITE_API_BASE ?? '';

type Query = Record<string, string | number | boolean | null | undefined>;
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  /** Version the change was made on; sent as If-Match. */
  ifMatch?: number;
  /** Creates although a likely duplicate exists; the server records it. */
  allowDuplicate?: boolean;
  /** A POST that only reads: what is asked travels in the body because it is personal. */
  reads?: boolean;
  /** The body is a part of a file that stands at this place; sending it again at the same place does nothing twice. */
  offset?: number;
  signal?: AbortSignal;
}
export interface Answer<T> { data: T; etag: number | undefined; stale: boolean }

/** Refusals of a sign-in that is being tried: no session expired. */
const attempts = new Set(['invalid_credentials', 'otp_required', 'otp_invalid', 'external_sign_in_expired']);

let csrfToken: string | undefined;
let language = 'zh-CN';
let atLeast = 0;
const expiryListeners = new Set<() => void>();
/** Keys of requests whose answer never arrived: the repeat carries the same key, so nothing happens twice. */
const unanswered = new Map<string, string>();

export const setCsrfToken = (token: string | undefined) => { csrfToken = token; };
export const setRequestLanguage = (tag: string) => { language = tag; };
/** Called when a request finds the sign-in expired. */
export const onSessionExpired = (listener: () => void) => { expiryListeners.add(listener); return () => { expiryListeners.delete(listener); }; };

/** Random 128-bit key; `crypto.randomUUID` does not exist on plain http in a local network. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const address = (path: string, query?: Query) => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `${apiBase}${path.startsWith('/') ? path : `/api/v1/${path}`}${text ? `?${text}` : ''}`;
};

const readProblem = async (response: Response) => {
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  const json = response.headers.get('Content-Type')?.includes('json') ? await response.json().catch(() => ({})) : {};
  return new ApiProblem(response.status, json as object, retryAfter);
};

/** One request to the API with session, language, idempotency and read-your-own-write. Throws {@link ApiProblem}. */
export const send = async <T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> => {
  const changes = method !== 'GET';
  const form = options.body instanceof FormData || options.body instanceof Blob;
  const text = options.body === undefined || form ? undefined : JSON.stringify(options.body);
  const headers = new Headers({ Accept: 'application/json', 'Accept-Language': language });
  if (text !== undefined) headers.set('Content-Type', 'application/json');
  if (options.offset !== undefined) { headers.set('Content-Type', 'application/offset+octet-stream'); headers.set('Upload-Offset', String(options.offset)); }
  if (changes && csrfToken) headers.set('X-CSRF-Token', csrfToken);
  if (options.ifMatch !== undefined) headers.set('If-Match', `"${options.ifMatch}"`);
  if (options.allowDuplicate) headers.set('X-Allow-Duplicate', 'true');
  if ((!changes || options.reads) && atLeast > 0) headers.set('Crm-At-Least', String(atLeast));

  const signature = `${method} ${path} ${text ?? ''}`;
  if (((method === 'POST' && !options.reads) || method === 'PATCH') && options.offset === undefined) {
    const key = (form ? undefined : unanswered.get(signature)) ?? newKey();
    if (!form) unanswered.set(signature, key);
    headers.set('Idempotency-Key', key);
  }

  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method, headers, body: form ? (options.body as FormData | Blob) : text, signal: options.signal, credentials: apiBase ? 'include' : 'same-origin',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem(0, { code: 'network' });
  }
  if (response.status < 500) unanswered.delete(signature);

  if (!response.ok) {
    const problem = await readProblem(response);
    if (problem.status === 401 && !attempts.has(problem.code)) expiryListeners.forEach((listener) => listener());
    throw problem;
  }
  const sequence = Number(response.headers.get('Crm-Sequence'));
  if (sequence > atLeast) atLeast = sequence;
  const etag = /^(?:W\/)?"(\d+)"$/.exec(response.headers.get('ETag') ?? '')?.[1];
  const data = (response.status === 204 ? undefined : await response.json()) as T;
  return { data, etag: etag === undefined ? undefined : Number(etag), stale: response.headers.get('Crm-Stale') === 'true' };
};

export const get = async <T>(path: string, query?: Query, signal?: AbortSignal) => (await send<T>('GET', path, { query, signal })).data;
export const post = async <T>(path: string, body: unknown = {}, options?: RequestOptions) => (await send<T>('POST', path, { ...options, body })).data;
export const patch = async <T>(path: string, body: unknown, options?: RequestOptions) => (await send<T>('PATCH', path, { ...options, body })).data;
export const remove = async (path: string, options?: RequestOptions) => { await send<void>('DELETE', path, options); };
/** Address of a file the browser downloads itself (cookie session). */
export const downloadAddress = (path: string) => address(path);
