import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { Avatar } from '@/components/avatar';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { User } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useRoleNames } from '@/lib/roles';
import { useAbsence } from '@/lib/absence';
import { useCan, useSession } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';

const UserDialog = lazy(() => import('./user-dialog'));
const UserAccount = lazy(() => import('./user-account'));
const AbsenceDialog = lazy(() => import('./absence-dialog'));
const HandOver = lazy(() => import('./hand-over'));

const search = z.object({ handOver: z.catch(z.optional(z.string()), undefined) });

/** Everybody: people who sign in, and imported sales agents who only own records. */
export const Users = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const roleNames = useRoleNames();
  const [editing, setEditing] = useState<User | 'new'>();
  const [shown, setShown] = useState<User>();
  const [away, setAway] = useState<User>();
  // In the address, so that a job is found again after a reload.
  const [state, setState] = useUrlState(search);
  const absence = useAbsence();
  const { grants, user: self } = useSession();
  const leads = grants.some((grant) => grant.right.endsWith('.assign') && grant.scope !== 'own');
  const handOver = (user: User) => { setShown(undefined); setEditing(undefined); setState({ handOver: user.id }); };
  const query = useList<User>('users', { limit: 100 });
  const muted = (text: string | null | undefined) => text || <span className="muted">—</span>;
  const edit = (user: User) => (can('users.change') ? <Button type="link" size="small" onClick={() => setEditing(user)} aria-label={t('users.edit', { name: user.displayName })}>{t('edit')}</Button> : null);
  const account = (user: User) => (can('users.change') ? <Button type="link" size="small" onClick={() => setShown(user)} aria-label={t('users.accountOf', { name: user.displayName })}>{t('users.account')}</Button> : null);
  const delegate = (user: User) => (user.active && (can('users.change') || leads || user.id === self.id) ? <Button type="link" size="small" onClick={() => setAway(user)} aria-label={t('common:absence.of', { name: user.displayName })}>{t('common:absence.short')}</Button> : null);
  const stateOf = (user: User) => (user.active && absence(user.id) ? `${t('users.active')} · ${t('common:absence.absent')}` : t(user.active ? 'users.active' : 'users.inactive'));
  const columns: Column<User>[] = [
    { key: 'name', title: t('users.displayName'), width: 220, render: (user) => <span><Avatar name={user.displayName} size={22} /> &nbsp;{user.displayName}</span> },
    { key: 'userName', title: t('users.userName'), width: 160, render: (user) => muted(user.userName) },
    { key: 'role', title: t('users.role'), width: 160, render: (user) => roleNames(user.roles) },
    { key: 'department', title: t('users.department'), width: 160, render: (user) => muted(user.department) },
    { key: 'post', title: t('users.post'), width: 120, render: (user) => muted(user.post) },
    { key: 'manager', title: t('users.manager'), width: 160, render: (user) => muted(user.managerName) },
    { key: 'canSignIn', title: t('users.canSignIn'), width: 110, render: (user) => t(user.canSignIn ? 'common:yes' : 'common:no') },
    { key: 'active', title: t('users.state'), width: 120, render: stateOf },
    { key: 'edit', title: '', width: 240, align: 'right', render: (user) => <>{delegate(user)}{account(user)}{edit(user)}</> },
  ];
  return (
    <>
      {can('users.create') ? <div className="settings__tools"><Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('users.add')}</Button></div> : null}
      <DataList<User>
        label={t('users.title')} query={query} rowKey={(user) => user.id} columns={columns} empty={<EmptyState title={t('users.none')} />}
        card={(user) => <div className="settings__card"><b>{user.displayName}</b><span>{roleNames(user.roles)}{user.department ? ` · ${user.department}` : ''}</span><span>{delegate(user)}{account(user)}{edit(user)}</span></div>}
      />
      <Suspense fallback={null}>{shown ? <UserAccount user={shown} onHandOver={() => handOver(shown)} onClose={() => setShown(undefined)} /> : null}</Suspense>
      <Suspense fallback={null}>{editing ? <UserDialog user={editing === 'new' ? undefined : editing} onHandOver={editing === 'new' ? undefined : () => handOver(editing)} onClose={() => setEditing(undefined)} /> : null}</Suspense>
      <Suspense fallback={null}>{away ? <AbsenceDialog user={away} onClose={() => setAway(undefined)} /> : null}</Suspense>
      <Suspense fallback={null}>{state.handOver && can('users.change') ? <HandOver userId={state.handOver} onClose={() => setState({ handOver: undefined })} /> : null}</Suspense>
    </>
  );
};
