import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import { safeParse, type ZodMiniType, type output } from 'zod/mini';

/** True for text that may be a phone number or an address of a person: it never goes into an address bar or a log. */
export const looksPersonal = (text: string) => /\d{4,}/.test(text.replace(/[\s-]/g, '')) || text.includes('@');

interface HiddenState { hidden?: Record<string, unknown> }

/**
 * State of a screen in its address, so that a link reproduces the screen. Values that look personal are kept in the
 * history entry instead: they survive back, forward and reload, and are not part of the link.
 * `schema` is written with `zod/mini`: a fifth of the script of `zod`.
 */
export const useUrlState = <S extends ZodMiniType<object>>(schema: S) => {
  const location = useRouterState({ select: (state) => state.location });
  const navigate = useNavigate();
  const { hidden } = location.state as HiddenState;
  const search = location.search as Record<string, unknown>;
  const parsed = safeParse(schema, { ...search, ...hidden });
  const state = (parsed.success ? parsed.data : schema.parse({})) as output<S>;

  const setState = useCallback((change: Partial<output<S>>, { replace = true }: { replace?: boolean } = {}) => {
    const visible: Record<string, unknown> = { ...search };
    const kept: Record<string, unknown> = { ...hidden };
    for (const [name, value] of Object.entries(change)) {
      delete visible[name];
      delete kept[name];
      if (value === undefined || value === '' || value === null || (Array.isArray(value) && value.length === 0)) continue;
      if (typeof value === 'string' && looksPersonal(value) && name === 'q') kept[name] = value; else visible[name] = value;
    }
    void navigate({ to: '.', search: visible as never, state: { hidden: kept } as never, replace });
  }, [hidden, navigate, search]);

  return [state, setState] as const;
};
