import * as z from 'zod/mini';
import { and, equals, has, oneOf, quote } from '@/lib/filter';

const key = z.string().check(z.regex(/^[A-Za-z]\w{0,39}$/));
const bound = z.optional(z.union([z.string(), z.number()]));

/** What a list's address holds of custom fields. */
export const ownListState = {
  /** What they must be: text, codes, yes or no, or a range. */
  own: z.catch(z.optional(z.record(key, z.union([z.string(), z.array(z.string()), z.boolean(), z.object({ from: bound, to: bound })]))), undefined),
  /** Those that are shown as columns. */
  cols: z.catch(z.optional(z.array(key)), undefined),
};
export type OwnFilter = NonNullable<z.infer<typeof ownListState.own>>;

const condition = (name: string, value: OwnFilter[string]) => {
  const field = `custom.${name}`;
  if (typeof value === 'boolean') return equals(field, value);
  if (typeof value === 'string') return value.trim() ? `${field}:${quote(value.trim())}` : undefined;
  if (Array.isArray(value)) return value[0] === ':' ? has(field, value.slice(1)) : oneOf(field, value);
  const limit = (each: string | number) => (typeof each === 'number' ? String(each) : quote(each));
  return and(value.from === undefined ? undefined : `${field} >= ${limit(value.from)}`, value.to === undefined ? undefined : `${field} <= ${limit(value.to)}`);
};

/** The condition on custom fields; a number or a day is a range. */
export const ownFilter = (own: OwnFilter | undefined) => and(...Object.entries(own ?? {}).map(([name, value]) => condition(name, value)));
