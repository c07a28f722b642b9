import { PlusOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { Team } from '@/lib/api-types';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';
import { useTeams } from '@/lib/teams';
import { useUsers } from '@/lib/users';

const TeamDialog = lazy(() => import('./team-dialog'));

/** Teams across departments: records are shared with them, and their leaders reach the members' records. */
export const Teams = () => {
  const { t } = useTranslation('settings');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const [editing, setEditing] = useState<Team | 'new'>();
  const query = useTeams();
  const users = useUsers().data ?? [];
  const names = (team: Team, leads: boolean) => team.members.filter((member) => member.leads === leads).map((member) => users.find((user) => user.id === member.userId)?.displayName ?? '…').join(t('common:comma'));

  const drop = (team: Team) => modal.confirm({
    title: t('teams.removeTitle', { name: team.name }), content: t('teams.removeText'), okText: t('teams.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `teams/${team.id}`, done: t('teams.removed') }).catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); }),
  });
  const actions = (team: Team) => (
    <>
      {can('teams.change') ? <Button type="link" size="small" onClick={() => setEditing(team)} aria-label={t('teams.edit', { name: team.name })}>{t('edit')}</Button> : null}
      {can('teams.delete') ? <Button type="link" size="small" danger onClick={() => drop(team)} aria-label={t('teams.removeTitle', { name: team.name })}>{t('teams.remove')}</Button> : null}
    </>
  );
  const add = can('teams.create') ? <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('teams.add')}</Button> : null;
  const columns: Column<Team>[] = [
    { key: 'name', title: t('teams.name'), width: 220, render: (team) => team.name },
    { key: 'leaders', title: t('teams.leaders'), width: 220, render: (team) => names(team, true) || <span className="muted">—</span> },
    { key: 'members', title: t('teams.members'), width: 360, render: (team) => names(team, false) || <span className="muted">—</span> },
    { key: 'actions', title: '', width: 160, align: 'right', render: actions },
  ];
  return (
    <>
      {add ? <div className="settings__tools">{add}</div> : null}
      <DataList<Team>
        label={t('teams.title')} rowKey={(team) => team.id} columns={columns} empty={<EmptyState title={t('teams.none')} description={t('teams.noneText')} action={add} />}
        query={{ rows: query.data ?? [], isPending: query.isPending, isFetching: query.isFetching, isPlaceholderData: false, error: query.error, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined, refetch: query.refetch }}
        card={(team) => <div className="settings__card"><b>{team.name}</b><span>{t('teams.memberCount', { count: team.members.length })}{names(team, true) ? ` · ${t('teams.leaders')}: ${names(team, true)}` : ''}</span><span>{actions(team)}</span></div>}
      />
      <Suspense fallback={null}>{editing ? <TeamDialog team={editing === 'new' ? undefined : (query.data?.find((team) => team.id === editing.id) ?? editing)} onMade={setEditing} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
