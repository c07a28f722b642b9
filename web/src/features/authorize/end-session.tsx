import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { SignOutRequestView } from '@/lib/api-types';
import { post } from '@/lib/http';
import { loadSession, signOut } from '@/lib/session';
import { Frame } from './frame';

/** An application asks to sign the person out: whom it means is signed out at once, anybody else is asked. */
export const EndSessionPage = () => {
  const { t } = useTranslation('authorize');
  const { request } = useSearch({ strict: false }) as { request?: string };
  const [done, setDone] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const begun = useRef(false);
  const { data, error } = useQuery({
    queryKey: ['sign-out-request', request], staleTime: Infinity, retry: false,
    // The session comes first: with it comes what the question must be sent with.
    queryFn: async () => { const session = await loadSession(); return { asked: await post<SignOutRequestView>('session/end-request', { request: request ?? '' }, { reads: true }), session }; },
  });
  const leave = async () => {
    try {
      if (data?.session) await signOut();
      setDone(true);
      if (data?.asked.redirectTo) window.location.assign(data.asked.redirectTo);
    } catch (problem) { setRefusal(problem); }
  };
  const meant = data && (!data.session || data.asked.userId === data.session.user.id);
  useEffect(() => { if (meant && !begun.current) { begun.current = true; void leave(); } });

  if (error) return <Frame title={t('broken')}><ProblemAlert error={error} /></Frame>;
  if (done) return (
    <Frame title={t('signedOut')}>
      <p>{data?.asked.redirectTo ? <a href={data.asked.redirectTo}>{t('goOn')}</a> : <Link to="/sign-in" search={{}}>{t('signIn')}</Link>}</p>
    </Frame>
  );
  if (!data || (meant && !refusal)) return <Frame title={t('signOut')}><Skeleton active paragraph={{ rows: 2 }} /></Frame>;
  return (
    <Frame title={t('signOut')}>
      <p>{data.asked.clientName ? t('signOutFrom', { name: data.asked.clientName }) : t('signOutAsk')}</p>
      <ProblemAlert error={refusal} />
      <div className="authorize__buttons">
        <Button size="large" href="/">{t('stay')}</Button>
        <Button size="large" type="primary" onClick={() => void leave()}>{t('signOut')}</Button>
      </div>
    </Frame>
  );
};
