import * as z from 'zod/mini';
import { and, equals, oneOf, quote } from '@/lib/filter';

const optional = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined);
const day = optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)));

/** What the log shows; all of it stands in the address. `op` is the operation that is open. */
export const auditState = z.object({
  q: optional(z.coerce.string()),
  type: optional(z.array(z.string())),
  actor: optional(z.coerce.string()),
  resource: optional(z.string()),
  channel: optional(z.string()),
  from: day,
  to: day,
  record: optional(z.coerce.string()),
  correlation: optional(z.coerce.string()),
  sort: optional(z.string().check(z.regex(/^-?at$/))),
  op: optional(z.coerce.string()),
});
export type AuditState = z.infer<typeof auditState>;

/** A number somebody copied from a message or a page: of the log, of a record or of a command. */
const numbered = (text: string | undefined) => {
  const word = text?.trim();
  if (!word) return undefined;
  const command = `correlationId = ${quote(word)}`;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(word)) return `(recordId = ${quote(word)} OR ${command})`;
  return /^\d{1,15}$/.test(word) ? `(sequence = ${word} OR ${command})` : command;
};
/** Who did it, also through a client that acted for them. Whole days in the organisation's zone. An export takes the same filter, so that the file holds what the list shows. */
export const auditFilter = (state: AuditState) => and(
  numbered(state.q),
  oneOf('type', state.type), equals('personId', state.actor), equals('resource', state.resource), equals('channel', state.channel),
  state.from ? `at >= ${state.from}` : undefined, state.to ? `at <= ${state.to}` : undefined, equals('recordId', state.record), equals('correlationId', state.correlation),
);
export const auditParams = (state: AuditState) => ({ filter: auditFilter(state), sort: state.sort });
