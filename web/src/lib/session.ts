import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/lib/api-types';
import { clearDrafts } from '@/lib/drafts';
import { get, post, remove, setCsrfToken } from '@/lib/http';
import { isProblem, type DemoAccount, type Provider } from '@/lib/problem';
import { queryClient } from '@/lib/query-client';

export const sessionKey = ['session'] as const;
const demoAccountsKey = ['demo-accounts'] as const;
const providersKey = ['providers'] as const;

/** The signed-in user, or null for an anonymous visitor. */
const readSession = async (): Promise<Session | null> => {
  try {
    const session = await get<Session>('session');
    setCsrfToken(session.csrfToken);
    return session;
  } catch (error) {
    if (isProblem(error) && error.status === 401) {
      queryClient.setQueryData(demoAccountsKey, error.demoAccounts);
      queryClient.setQueryData(providersKey, error.providers);
      return null;
    }
    throw error;
  }
};
const options = { queryKey: sessionKey, queryFn: readSession, staleTime: Infinity, gcTime: Infinity, retry: 1 };

export const loadSession = () => queryClient.ensureQueryData(options);
const enter = async (session: Session) => {
  // A question of before must not answer now that nobody is signed in.
  await queryClient.cancelQueries({ queryKey: sessionKey });
  setCsrfToken(session.csrfToken);
  queryClient.setQueryData(sessionKey, session);
  return session;
};
export const signIn = async (userName: string, password: string, otp?: string) => enter(await post<Session>('session', { userName, password, otp }));
/** Makes the session of whom a provider outside has just proved. */
export const signInExternally = async (otp?: string) => enter(await post<Session>('session/external', { otp }));
/** Asks again who is signed in and what is demanded, after the account changed. */
export const renewSession = () => queryClient.fetchQuery({ ...options, staleTime: 0 });
export const signOut = async () => {
  await remove('session');
  setCsrfToken(undefined);
  clearDrafts();
  queryClient.clear();
};

/** Accounts to offer on the sign-in page; none unless the server runs the demo organisation. */
export const useDemoAccounts = () => {
  useQuery(options);
  return useQuery<DemoAccount[]>({ queryKey: demoAccountsKey, queryFn: () => [], enabled: false }).data ?? [];
};

/** Providers outside that the sign-in page offers. */
export const useProviders = () => {
  useQuery(options);
  return useQuery<Provider[]>({ queryKey: providersKey, queryFn: () => [], enabled: false }).data ?? [];
};

/** Session inside the signed-in frame; throws outside of it. */
export const useSession = (): Session => {
  const { data } = useQuery(options);
  if (!data) throw new Error('This part of the page needs a signed-in user.');
  return data;
};
export const useMaybeSession = () => useQuery(options).data ?? null;

/** `can('customers.change')` tells whether the signed-in user may. The server decides in any case; the page hides what would be refused. */
export const useCan = () => {
  const { rights } = useSession();
  return useMemo(() => { const set = new Set(rights); return (right: string) => set.has(right); }, [rights]);
};

/** `may('change')` tells whether the signed-in user may do it with this very record. Rows of lists do not tell; there the right alone counts. */
export const useMay = (resource: string, record: { may?: string[] | null }) => {
  const can = useCan();
  return (action: string) => can(`${resource}.${action}`) && (record.may?.includes(action) ?? true);
};

/** `limit('phone')` tells how a role limits a field for the signed-in user; undefined for a free one. */
export const useLimits = (resource: string) => {
  const { fields } = useSession();
  return (field: string) => fields.find((limit) => limit.resource === resource && limit.field === field)?.level;
};

/** `free('phone')` tells whether the signed-in user may change a field wherever the record may be changed. */
export const useFree = (resource: string) => {
  const limit = useLimits(resource);
  return (field: string) => limit(field) === undefined;
};

/** Locale and zone for formatting: the organisation's zone when signed in, else the browser's. */
export const useLocale = () => {
  const { i18n } = useTranslation();
  const client = useQueryClient();
  const session = client.getQueryData<Session | null>(sessionKey);
  return {
    locale: i18n.language,
    timeZone: session?.organisation.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    currency: session?.organisation.currency ?? 'CNY',
  };
};
