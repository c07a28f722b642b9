import type { DuplicateCandidate, HistoryItem } from '@/lib/api-types';

/** One finding of a problem answer: `in` is the path of the field, `code` is stable, `message` is in the caller's language. */
export interface ProblemError { in?: string | null; code?: string; message: string; context?: unknown }

interface ProblemBody {
  title?: string; status?: number; detail?: string; code?: string; correlationId?: string;
  errors?: ProblemError[]; candidates?: DuplicateCandidate[]; conflicts?: HistoryItem[]; demoAccounts?: DemoAccount[]; providers?: Provider[];
  /** Of a health answer: what was looked at. */
  checks?: Record<string, unknown>;
}
/** An account the demo organisation lets everybody use. */
export interface DemoAccount { userName: string; password: string; role: string }

/** A provider of identities outside by which one may sign in. */
export interface Provider { name: string; displayName: string }

/** A refused or failed request. `code` decides what the page does, never the text. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly correlationId: string | undefined;
  readonly errors: ProblemError[];
  readonly candidates: DuplicateCandidate[];
  readonly conflicts: HistoryItem[];
  readonly demoAccounts: DemoAccount[];
  readonly providers: Provider[];
  readonly checks: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: ProblemBody, retryAfterSeconds?: number) {
    super(body.detail ?? body.title ?? body.code ?? String(status));
    this.name = 'ApiProblem';
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'network' : 'unexpected');
    this.detail = body.detail;
    this.correlationId = body.correlationId;
    this.errors = body.errors ?? [];
    this.candidates = body.candidates ?? [];
    this.conflicts = body.conflicts ?? [];
    this.demoAccounts = body.demoAccounts ?? [];
    this.providers = body.providers ?? [];
    this.checks = body.checks;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const isProblem = (error: unknown, code?: string): error is ApiProblem =>
  error instanceof ApiProblem && (code === undefined || error.code === code);

/** The field a finding belongs to, as the form names it: `body.lines[0].unitPrice` → `['lines', 0, 'unitPrice']`. */
export const fieldPath = (path: string): (string | number)[] =>
  path.replace(/^(\$|body)\.?/, '').split(/[.[\]]+/).filter(Boolean).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
