import { http, HttpResponse, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** Answers of the API for one test file; a request nobody answers fails the test. */
export const recordedServer = () => {
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return server;
};
const api = (path: string) => new RegExp(`/api/v1/${path}(\\?.*)?$`);
export const page = (data: unknown[]) => ({ data, page: { next: null, hasMore: false } });
export const answers = {
  get: (path: string, body: JsonBodyType) => http.get(api(path), () => HttpResponse.json(body)),
  on: (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, answer: (request: Request) => Promise<Response> | Response) => http[method](api(path), ({ request }) => answer(request)),
  problem: (status: number, body: object) => new HttpResponse(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } }),
};
