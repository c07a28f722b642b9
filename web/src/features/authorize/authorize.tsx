import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Checkbox, Skeleton } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { AuthorizationRequestView, BrowserGoesOn } from '@/lib/api-types';
import { post } from '@/lib/http';
import { signOut, useSession } from '@/lib/session';
import { Frame } from './frame';

/** Asks whether an application may act for the signed-in person. Nothing is asked again that was remembered. */
export const AuthorizePage = () => {
  const { t } = useTranslation('authorize');
  const { request } = useSearch({ strict: false }) as { request?: string };
  const { user } = useSession();
  const navigate = useNavigate();
  const [remember, setRemember] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const [target, setTarget] = useState<string>();
  const [data, setData] = useState<AuthorizationRequestView>();
  const [error, setError] = useState<unknown>();
  const begun = useRef(false);

  const answer = async (approved: boolean) => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const { redirectTo } = await post<BrowserGoesOn>('authorizations/answer', { request, approved, remember: approved && remember });
      setTarget(redirectTo);
      window.location.assign(redirectTo);
    } catch (problem) { setRefusal(problem); } finally { setBusy(false); }
  };
  const again = async () => {
    await signOut();
    await navigate({ to: '/sign-in', search: { next: `/authorize?request=${encodeURIComponent(request ?? '')}` }, replace: true });
  };
  useEffect(() => {
    if (!request || begun.current) return;
    begun.current = true;
    void (async () => {
      try {
        const view = await post<AuthorizationRequestView>('authorizations/request', { request }, { reads: true });
        if (view.signInAgain) { await again(); return; }
        if (view.remembered) await answer(true);
        setData(view);
      } catch (problem) { setError(problem); }
    })();
  });

  if (!request) return <Frame title={t('broken')}><p>{t('brokenText')}</p></Frame>;
  if (error) return <Frame title={t('broken')}><ProblemAlert error={error} /></Frame>;
  if (target) return <Frame title={t('goingOn')}><p>{t('goingOnText')} <a href={target}>{t('goOn')}</a></p></Frame>;
  if (!data) return <Frame title={t('title')}><Skeleton active /></Frame>;
  return (
    <Frame title={t('ask', { name: data.clientName })}>
      <p className="muted">{t('goesTo', { host: data.redirectHost })}</p>
      <ul className="authorize__scopes" aria-label={t('scopes')}>{data.scopes.map((scope) => <li key={scope}>{t(`scope.${scope}`)}</li>)}</ul>
      <p className="authorize__who">{t('as', { name: user.displayName })} <Button type="link" size="small" onClick={() => void again()}>{t('other')}</Button></p>
      <Checkbox checked={remember} onChange={(event) => setRemember(event.target.checked)}>{t('remember')}</Checkbox>
      <ProblemAlert error={refusal} />
      <div className="authorize__buttons">
        <Button size="large" disabled={busy} onClick={() => void answer(false)}>{t('deny')}</Button>
        <Button size="large" type="primary" loading={busy} onClick={() => void answer(true)}>{t('allow')}</Button>
      </div>
    </Frame>
  );
};

/** The page of the authorization endpoint: a question, or why there is none. */
export const AuthorizeScreen = () => ((useSearch({ strict: false }) as { error?: string }).error ? <AuthorizeErrorPage /> : <AuthorizePage />);

const errors = ['invalid_client', 'invalid_redirect_uri', 'invalid_request'];

/** The request cannot be answered to anybody: a person reads why. */
const AuthorizeErrorPage = () => {
  const { t } = useTranslation('authorize');
  const { error } = useSearch({ strict: false }) as { error?: string };
  const code = errors.includes(error ?? '') ? error : 'invalid_request';
  return <Frame title={t('broken')}><p>{t(`error.${code}`)}</p></Frame>;
};
