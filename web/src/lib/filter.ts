/** Writes the API's filter grammar (AIP-160). Text is always quoted, so nothing typed can change the meaning. */
export const quote = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

export const equals = (field: string, value: string | boolean | null | undefined) =>
  value === undefined || value === '' ? undefined : value === null ? `${field} = null` : `${field} = ${typeof value === 'string' ? quote(value) : value}`;

/** One of several values; a single value needs no brackets. */
export const oneOf = (field: string, values: readonly string[] | undefined) => {
  if (!values?.length) return undefined;
  const parts = values.map((value) => `${field} = ${quote(value)}`);
  return parts.length === 1 ? parts[0] : `(${parts.join(' OR ')})`;
};
/** A list field holds the value. */
export const has = (field: string, values: readonly string[] | undefined) =>
  values?.length ? values.map((value) => `${field}:${quote(value)}`).join(' AND ') : undefined;

export const and = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(' AND ') || undefined;
