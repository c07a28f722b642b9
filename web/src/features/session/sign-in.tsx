import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignInForm, type Credentials } from '@/components/sign-in-form';
import { useDemoAccounts, useProviders } from '@/lib/session';
import { ExternalSignIn } from './external-sign-in';
import { SessionFrame } from './session-frame';

/** A path of this page, never another site. */
const safeNext = (next: string | undefined) => (next && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/');

const problems = ['external_failed', 'external_denied', 'external_unavailable'] as const;

export const SignInPage = () => {
  const { t } = useTranslation('session');
  const { next, external, problem, provider } = useSearch({ strict: false });
  const navigate = useNavigate();
  const router = useRouter();
  const [preset, setPreset] = useState<Credentials>();
  const accounts = useDemoAccounts();
  const providers = useProviders();
  const told = problems.find((each) => each === problem);
  const nameOf = (name: string | undefined) => providers.find((each) => each.name === name)?.displayName ?? name ?? '';
  useEffect(() => { document.title = `${t('common:signIn.title')} · CRM`; }, [t]);

  const enter = async () => {
    await router.invalidate();
    await navigate({ href: safeNext(next), replace: true });
  };
  return (
    <SessionFrame title={t('common:signIn.title')} text={t('welcome')}>
      {external ? <ExternalSignIn provider={nameOf(external)} onDone={() => void enter()} /> : null}
      {told ? <Alert className="session__problem" type="error" showIcon role="alert" title={t(`external.problem.${told}`, { provider: nameOf(provider) })} /> : null}
      <SignInForm preset={preset} onDone={() => void enter()} />
      {providers.length > 0 ? (
        <ul className="session__providers" aria-label={t('external.title')}>
          {providers.map((each) => (
            <li key={each.name}><Button block size="large" href={`/connect/external/${each.name}${next ? `?next=${encodeURIComponent(next)}` : ''}`}>{t('external.by', { provider: each.displayName })}</Button></li>
          ))}
        </ul>
      ) : null}
      <p className="session__more"><Link to="/forgotten-password">{t('forgotten')}</Link></p>
      {accounts.length > 0 ? (
        <section className="session__demo" aria-label={t('demo')}>
          <h2>{t('demo')}</h2>
          <p className="muted">{t('demoText')}</p>
          <ul>
            {accounts.map((account) => (
              <li key={account.userName}>
                <Button onClick={() => setPreset({ userName: account.userName, password: account.password })}>
                  {t('demoAccount', { role: t(`common:role.${account.role}`), userName: account.userName })}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </SessionFrame>
  );
};
