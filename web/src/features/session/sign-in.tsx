import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignInForm, type Credentials } from '@/components/sign-in-form';
import { useDemoAccounts } from '@/lib/session';
import { SessionFrame } from './session-frame';

/** A path of this page, never another site. */
const safeNext = (next: string | undefined) => (next && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/');

export const SignInPage = () => {
  const { t } = useTranslation('session');
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const [preset, setPreset] = useState<Credentials>();
  const accounts = useDemoAccounts();
  useEffect(() => { document.title = `${t('common:signIn.title')} · CRM`; }, [t]);

  const enter = async () => {
    await router.invalidate();
    await navigate({ href: safeNext(next), replace: true });
  };
  return (
    <SessionFrame title={t('common:signIn.title')} text={t('welcome')}>
      <SignInForm preset={preset} onDone={() => void enter()} />
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
