import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { Role } from '@/lib/api-types';
import { get } from '@/lib/http';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';

const RoleDialog = lazy(() => import('./role-dialog'));

/** Built-in roles, which can be looked at and copied, and the organisation's own. */
export const Roles = () => {
  const { t } = useTranslation('settings');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const [open, setOpen] = useState<{ role?: Role; copy?: boolean }>();
  const query = useQuery({ queryKey: ['roles', 'all'], queryFn: ({ signal }) => get<{ data: Role[] }>('roles', undefined, signal) });
  const rows = query.data?.data ?? [];
  const name = (role: Role) => (role.builtIn ? t(`common:role.${role.code}`) : role.name);

  const drop = (role: Role) => modal.confirm({
    title: t('roles.removeTitle', { name: role.name }), okText: t('roles.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `roles/${role.id}`, done: t('roles.removed') }).catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); }),
  });
  const actions = (role: Role) => (
    <>
      <Button type="link" size="small" onClick={() => setOpen({ role })} aria-label={t(role.builtIn || !can('roles.change') ? 'roles.look' : 'roles.edit', { name: name(role) })}>{t(role.builtIn || !can('roles.change') ? 'roles.view' : 'edit')}</Button>
      {can('roles.create') ? <Button type="link" size="small" onClick={() => setOpen({ role, copy: true })} aria-label={t('roles.copyOf', { name: name(role) })}>{t('roles.copy')}</Button> : null}
      {can('roles.delete') && !role.builtIn ? <Button type="link" size="small" danger onClick={() => drop(role)} aria-label={t('roles.removeTitle', { name: role.name })}>{t('roles.remove')}</Button> : null}
    </>
  );
  const columns: Column<Role>[] = [
    { key: 'name', title: t('roles.name'), width: 220, render: name },
    { key: 'code', title: t('roles.code'), width: 180, render: (role) => role.code },
    { key: 'kind', title: t('roles.kind'), width: 120, render: (role) => t(role.builtIn ? 'roles.builtIn' : 'roles.own') },
    { key: 'members', title: t('roles.members'), width: 100, align: 'right', render: (role) => role.memberCount },
    { key: 'actions', title: '', width: 220, align: 'right', render: actions },
  ];
  return (
    <>
      {can('roles.create') ? <div className="settings__tools"><Button icon={<PlusOutlined />} onClick={() => setOpen({})}>{t('roles.add')}</Button></div> : null}
      <DataList<Role>
        label={t('roles.title')} rowKey={(role) => role.code} columns={columns} empty={<EmptyState title={t('roles.none')} />}
        query={{ rows, isPending: query.isPending, isFetching: query.isFetching, isPlaceholderData: false, error: query.error, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined, refetch: query.refetch }}
        card={(role) => <div className="settings__card"><b>{name(role)}</b><span>{t(role.builtIn ? 'roles.builtIn' : 'roles.own')} · {t('departments.memberCount', { count: role.memberCount })}</span><span>{actions(role)}</span></div>}
      />
      <Suspense fallback={null}>{open ? <RoleDialog role={open.role} copy={open.copy ?? false} onClose={() => setOpen(undefined)} /> : null}</Suspense>
    </>
  );
};
