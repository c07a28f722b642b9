import { useCallback, useMemo } from 'react';

/**
 * What was typed into a form and not sent yet. Kept for this tab only, so that a reload or an expired
 * sign-in loses nothing and a shared computer keeps nothing after the tab is closed or the user signs out.
 */
const prefix = 'crm.draft.';

export const readDraft = <T>(key: string): T | undefined => {
  try { const text = sessionStorage.getItem(prefix + key); return text ? (JSON.parse(text) as T) : undefined; } catch { return undefined; }
};
export const writeDraft = (key: string, value: unknown) => {
  try { sessionStorage.setItem(prefix + key, JSON.stringify(value)); } catch { /* A full storage costs the draft, never the work on screen. */ }
};
export const dropDraft = (key: string) => { sessionStorage.removeItem(prefix + key); };
export const clearDrafts = () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
};

/** Draft of one form. Spread `onValuesChange` on the form, start it from `initial`, call `drop` after the server took it. */
export const useDraft = <T extends object>(key: string, fallback: Partial<T> = {}) => {
  const restored = useMemo(() => readDraft<Partial<T>>(key), [key]);
  const save = useCallback((_changed: unknown, values: unknown) => writeDraft(key, values), [key]);
  const drop = useCallback(() => dropDraft(key), [key]);
  return { initial: { ...fallback, ...restored } as Partial<T>, restored: restored !== undefined, onValuesChange: save, drop };
};
