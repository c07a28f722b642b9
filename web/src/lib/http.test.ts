import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { get, onSessionExpired, patch, post, send, setCsrfToken, setRequestLanguage } from '@/lib/http';
import { type ApiProblem, fieldPath, isProblem } from '@/lib/problem';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers } });
const network = vi.fn<typeof fetch>();
const sent = (call = 0) => {
  const [url, init] = network.mock.calls[call]!;
  return { url: String(url), init: init!, headers: init!.headers as Headers };
};

beforeEach(() => { vi.stubGlobal('fetch', network); network.mockReset(); setCsrfToken('token-1'); setRequestLanguage('zh-CN'); });
afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('carries language, antiforgery token, version and an idempotency key when it changes something', async () => {
    network.mockResolvedValue(answer(200, { id: '1' }, { ETag: '"5"' }));
    const result = await send('PATCH', 'customers/1', { body: { name: 'x' }, ifMatch: 4 });
    const { url, headers } = sent();
    expect(url).toBe('/api/v1/customers/1');
    expect(headers.get('Accept-Language')).toBe('zh-CN');
    expect(headers.get('X-CSRF-Token')).toBe('token-1');
    expect(headers.get('If-Match')).toBe('"4"');
    expect(headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
    expect(result.etag).toBe(5);
  });

  it('reads without them and leaves empty parameters out', async () => {
    network.mockResolvedValue(answer(200, { data: [] }));
    await get('customers', { q: '', filter: 'tier = "A"', cursor: undefined });
    expect(sent().url).toBe('/api/v1/customers?filter=tier+%3D+%22A%22');
    expect(sent().headers.get('X-CSRF-Token')).toBeNull();
    expect(sent().headers.get('Idempotency-Key')).toBeNull();
  });

  it('asks a query for at least what the last command wrote', async () => {
    network.mockResolvedValueOnce(answer(200, {}, { 'Crm-Sequence': '8123' })).mockResolvedValueOnce(answer(200, {}, { 'Crm-Stale': 'true' }));
    await post('customers/1/tags', { tag: 'A' });
    const { stale } = await send('GET', 'customers/1');
    expect(sent(1).headers.get('Crm-At-Least')).toBe('8123');
    expect(stale).toBe(true);
  });

  it('repeats the key when the answer never arrived, and draws a new one when it did', async () => {
    network.mockRejectedValueOnce(new TypeError('failed')).mockResolvedValueOnce(answer(201, {})).mockResolvedValueOnce(answer(201, {}));
    await expect(post('tickets', { subject: 'a' })).rejects.toMatchObject({ code: 'network', status: 0 });
    await post('tickets', { subject: 'a' });
    await post('tickets', { subject: 'a' });
    const keys = [0, 1, 2].map((call) => sent(call).headers.get('Idempotency-Key'));
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('turns a problem answer into a typed error with code, findings, candidates and correlation id', async () => {
    network.mockResolvedValue(answer(409, { title: '可能重复', code: 'duplicate', correlationId: 'c-1', candidates: [{ id: '2', name: '张三', reasons: ['phone'], score: 0.9 }], errors: [{ in: 'phone', code: 'taken', message: '电话已存在' }] }));
    const error = await patch('customers/1', {}).catch((problem: unknown) => problem);
    expect(isProblem(error, 'duplicate')).toBe(true);
    expect(error).toMatchObject({ status: 409, correlationId: 'c-1', errors: [{ in: 'phone', message: '电话已存在' }] });
    expect((error as ApiProblem).candidates[0]?.name).toBe('张三');
  });

  it('announces an expired sign-in, but not a wrong password', async () => {
    const expired = vi.fn();
    const stop = onSessionExpired(expired);
    network.mockResolvedValueOnce(answer(401, { code: 'invalid_credentials' })).mockResolvedValueOnce(answer(401, { code: 'unauthenticated' }));
    await post('session', {}).catch(() => undefined);
    expect(expired).not.toHaveBeenCalled();
    await get('customers').catch(() => undefined);
    expect(expired).toHaveBeenCalledOnce();
    stop();
  });
});

describe('the path of a finding', () => {
  it.each([['body.lines[0].unitPrice', ['lines', 0, 'unitPrice']], ['phone', ['phone']], ['$.name', ['name']]])('%s', (path, parts) => {
    expect(fieldPath(path)).toEqual(parts);
  });
});
