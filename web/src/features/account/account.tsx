import { useQuery } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { AbsencePanel } from '@/components/absence-panel';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { SessionList } from '@/components/session-list';
import { SignInLog } from '@/components/sign-in-log';
import type { Account, SessionInfo } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan, useSession } from '@/lib/session';
import { ExternalPanel } from './external-panel';
import { PasswordPanel } from './password-panel';
import { SecondFactorPanel } from './second-factor-panel';
import './account.css';

const OwnSessions = () => {
  const { t } = useTranslation('account');
  const { busy, error, execute } = useCommandState();
  const query = useQuery({ queryKey: ['account', 'sessions'], queryFn: ({ signal }) => get<{ data: SessionInfo[] }>('account/sessions', {}, signal), staleTime: 0 });
  const sessions = query.data?.data ?? [];
  return (
    <section className="account__panel" aria-label={t('sessions')}>
      <h2>{t('sessions')}</h2>
      <ProblemAlert error={query.error ?? error} />
      {query.data ? <SessionList sessions={sessions} path="account/sessions" /> : null}
      {sessions.length > 1 ? (
        <Popconfirm title={t('endOthersAsk')} okText={t('endOthers')} cancelText={t('common:cancel')} onConfirm={() => void execute({ method: 'DELETE', path: 'account/sessions', done: t('endOthersDone') })}>
          <Button loading={busy}>{t('endOthers')}</Button>
        </Popconfirm>
      ) : null}
    </section>
  );
};

/** A person's own account: how one signs in, where one is signed in, and what happened at the door. */
export const AccountPage = () => {
  const { t } = useTranslation('account');
  const session = useSession();
  const can = useCan();
  const { data: account, error, refetch } = useQuery({ queryKey: ['account', 'own'], queryFn: ({ signal }) => get<Account>('account', {}, signal), staleTime: 0 });
  return (
    <>
      <PageHeader title={t('title')} note={`${session.user.displayName} · ${session.user.userName}`} />
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {account ? (
        <div className="account">
          {session.secondFactorDemanded ? <p className="account__demand" role="alert">{t('demanded')}</p> : null}
          <SecondFactorPanel account={account} />
          <PasswordPanel account={account} />
          <ExternalPanel account={account} />
          {can('users.view') ? <section className="account__panel" aria-label={t('common:absence.title')}><h2>{t('common:absence.title')}</h2><AbsencePanel userId={session.user.id} /></section> : null}
          <OwnSessions />
          <section className="account__panel account__wide" aria-label={t('log')}>
            <h2>{t('log')}</h2>
            <div className="account__log"><SignInLog label={t('log')} path="account/sign-ins" /></div>
          </section>
        </div>
      ) : null}
    </>
  );
};
