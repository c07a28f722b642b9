import { PlusOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { Department } from '@/lib/api-types';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';
import { useDepartments } from '@/lib/departments';
import { asTree, type Branch } from './department-tree';

const DepartmentDialog = lazy(() => import('./department-dialog'));

/** The departments as a tree: whose records a manager sees follows from it. */
export const Departments = () => {
  const { t } = useTranslation('settings');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const [editing, setEditing] = useState<Department | { parentId?: string }>();
  const query = useDepartments();
  const rows = useMemo(() => asTree(query.data ?? []), [query.data]);

  const drop = (department: Department) => modal.confirm({
    title: t('departments.removeTitle', { name: department.name }), okText: t('departments.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `departments/${department.id}`, done: t('departments.removed') }).catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); }),
  });
  const actions = ({ department }: Branch) => (
    <>
      {can('departments.create') ? <Button type="link" size="small" onClick={() => setEditing({ parentId: department.id })} aria-label={t('departments.addBelow', { name: department.name })}>{t('departments.below')}</Button> : null}
      {can('departments.change') ? <Button type="link" size="small" onClick={() => setEditing(department)} aria-label={t('departments.edit', { name: department.name })}>{t('edit')}</Button> : null}
      {can('departments.delete') ? <Button type="link" size="small" danger onClick={() => drop(department)} aria-label={t('departments.removeTitle', { name: department.name })}>{t('departments.remove')}</Button> : null}
    </>
  );
  const add = can('departments.create') ? <Button icon={<PlusOutlined />} onClick={() => setEditing({})}>{t('departments.add')}</Button> : null;
  const columns: Column<Branch>[] = [
    { key: 'name', title: t('departments.name'), width: 320, render: ({ department, depth }) => <span style={{ paddingInlineStart: depth * 20 }}>{department.name}</span> },
    { key: 'parent', title: t('departments.parent'), width: 200, render: ({ department }) => department.parentName ?? <span className="muted">—</span> },
    { key: 'members', title: t('departments.members'), width: 100, align: 'right', render: ({ department }) => department.memberCount },
    { key: 'actions', title: '', width: 260, align: 'right', render: actions },
  ];
  return (
    <>
      {add ? <div className="settings__tools">{add}</div> : null}
      <DataList<Branch>
        label={t('departments.title')} rowKey={({ department }) => department.id} columns={columns} empty={<EmptyState title={t('departments.none')} description={t('departments.noneText')} action={add} />}
        query={{ rows, isPending: query.isPending, isFetching: query.isFetching, isPlaceholderData: false, error: query.error, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined, refetch: query.refetch }}
        card={(row) => <div className="settings__card"><b>{row.department.name}</b><span>{row.department.parentName ? `${row.department.parentName} · ` : ''}{t('departments.memberCount', { count: row.department.memberCount })}</span><span>{actions(row)}</span></div>}
      />
      <Suspense fallback={null}>{editing ? <DepartmentDialog department={'id' in editing ? editing : undefined} parentId={'id' in editing ? editing.parentId ?? undefined : editing.parentId} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
