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
  const [asked, setAsked] = useState<SignOutRequestView>();
  const [done, setDone] = useState(false);
  const [error, setError] = useState<unknown>();
  const begun = useRef(false);
  const leave = async (target: string | null | undefined) => {
    try {
      await signOut();
      setDone(true);
      if (target) window.location.assign(target);
    } catch (problem) { setError(problem); }
  };
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void (async () => {
      try {
        // The session comes first: with it comes what the question must be sent with.
        const session = await loadSession();
        const view = await post<SignOutRequestView>('session/end-request', { request: request ?? '' }, { reads: true });
        setAsked(view);
        if (!session || view.userId === session.user.id) await leave(view.redirectTo);
      } catch (problem) { setError(problem); }
    })();
  });

  if (done) return (
    <Frame title={t('signedOut')}>
      <p>{asked?.redirectTo ? <a href={asked.redirectTo}>{t('goOn')}</a> : <Link to="/sign-in" search={{}}>{t('signIn')}</Link>}</p>
    </Frame>
  );
  if (!asked) return <Frame title={t('signOut')}>{error ? <ProblemAlert error={error} /> : <Skeleton active paragraph={{ rows: 2 }} />}</Frame>;
  return (
    <Frame title={t('signOut')}>
      <p>{asked.clientName ? t('signOutFrom', { name: asked.clientName }) : t('signOutAsk')}</p>
      <ProblemAlert error={error} />
      <div className="authorize__buttons">
        <Button size="large" href="/">{t('stay')}</Button>
        <Button size="large" type="primary" onClick={() => void leave(asked.redirectTo)}>{t('signOut')}</Button>
      </div>
    </Frame>
  );
};
