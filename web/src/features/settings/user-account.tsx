import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Input, Popconfirm, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { SessionList } from '@/components/session-list';
import { DateText } from '@/components/values';
import type { Invitation, User, UserAccount as Account } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan, useSession } from '@/lib/session';
import { useTeams } from '@/lib/teams';

/** How somebody signs in, as administrators see it: invite, reset the second factor, end sessions. */
const UserAccount = ({ user, onHandOver, onClose }: { user: User; onHandOver?: () => void; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const own = useSession().user.id === user.id;
  const { busy, error: refusal, execute } = useCommandState();
  const [invitation, setInvitation] = useState<Invitation>();
  const { data: account, error, refetch } = useQuery({ queryKey: ['users', user.id, 'account'], queryFn: ({ signal }) => get<Account>(`users/${user.id}/account`, {}, signal), staleTime: 0 });
  const invite = async () => setInvitation(await execute<Invitation>({ path: `users/${user.id}/invitation` }));
  const name = user.displayName;
  const can = useCan();
  const teams = (useTeams().data ?? []).filter((team) => team.members.some((member) => member.userId === user.id)).map((team) => (team.members.find((member) => member.userId === user.id)!.leads ? t('teams.ledBy', { name: team.name }) : team.name));
  return (
    <Drawer open title={t('users.accountOf', { name })} size={520} onClose={onClose}>
      <ProblemAlert error={refusal} />
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {account ? (
        <div className="settings__account">
          <dl>
            <div><dt>{t('users.password')}</dt><dd>{account.hasPassword ? <DateText value={account.passwordChangedAt} as="instant" /> : t('users.noPassword')}</dd></div>
            <div><dt>{t('users.secondFactor')}</dt><dd>{t(account.secondFactorSince ? 'users.on' : 'users.off')}</dd></div>
            {teams.length > 0 ? <div><dt>{t('teams.title')}</dt><dd>{teams.join(t('common:comma'))}</dd></div> : null}
            {account.lockedUntil ? <div><dt>{t('users.locked')}</dt><dd><DateText value={account.lockedUntil} as="instant" /></dd></div> : null}
          </dl>
          <div className="settings__actions">
            {user.active ? <Button loading={busy} onClick={() => void invite()}>{t('users.invite')}</Button> : null}
            {onHandOver && ['customers.assign', 'opportunities.assign', 'tickets.assign'].every(can) ? <Button onClick={onHandOver}>{t('handOver.open')}</Button> : null}
            {account.secondFactorSince && !own ? (
              <Popconfirm
                title={t('users.resetAsk', { name })} description={t('users.resetText')} okText={t('users.resetFactor')} cancelText={t('common:cancel')}
                onConfirm={() => void execute({ path: `users/${user.id}/second-factor/reset`, done: t('users.resetDone') })}
              >
                <Button danger loading={busy}>{t('users.resetFactor')}</Button>
              </Popconfirm>
            ) : null}
          </div>
          {invitation ? (
            <section>
              <h3>{t('users.linkTitle')}</h3>
              <p className="muted">{t('users.linkText')}</p>
              <Input readOnly value={new URL(invitation.link, location.origin).href} aria-label={t('users.linkTitle')} onFocus={(event) => event.target.select()} />
            </section>
          ) : null}
          {account.externalLogins.length > 0 ? (
            <section>
              <h3>{t('users.external')}</h3>
              <ul>
                {account.externalLogins.map((login) => (
                  <li key={login.provider} className="settings__login">
                    <span><b>{login.displayName}</b> · {t('users.linkedSince')} <DateText value={login.linkedAt} as="instant" /></span>
                    <Popconfirm title={t('users.unlinkAsk', { name, provider: login.displayName })} okText={t('users.unlink')} cancelText={t('common:cancel')} onConfirm={() => void execute({ method: 'DELETE', path: `users/${user.id}/external-logins/${login.provider}`, done: t('users.unlinked') })}>
                      <Button danger size="small" loading={busy} aria-label={t('users.unlinkOf', { provider: login.displayName })}>{t('users.unlink')}</Button>
                    </Popconfirm>
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
          <section>
            <h3>{t('users.sessions')}</h3>
            <SessionList sessions={account.sessions} path={`users/${user.id}/sessions`} />
            {account.sessions.length > 0 && !own ? (
              <Popconfirm title={t('users.endAllAsk', { name })} okText={t('users.endAll')} cancelText={t('common:cancel')} onConfirm={() => void execute({ method: 'DELETE', path: `users/${user.id}/sessions`, done: t('users.endAllDone') })}>
                <Button danger loading={busy}>{t('users.endAll')}</Button>
              </Popconfirm>
            ) : null}
          </section>
        </div>
      ) : error ? null : <Skeleton active paragraph={{ rows: 6 }} />}
    </Drawer>
  );
};
export default UserAccount;
