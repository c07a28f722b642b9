import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Checkbox, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '@/components/avatar';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import type { User } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';

const roles = ['admin', 'manager', 'sales', 'service', 'auditor'] as const;

/** Everybody: people who sign in, and imported sales agents who only own records. */
export const Users = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const [editing, setEditing] = useState<User | 'new'>();
  const query = useList<User>('users', { limit: 100 });
  const muted = (text: string | null | undefined) => text || <span className="muted">—</span>;
  const edit = (user: User) => (can('users.change') ? <Button type="link" size="small" onClick={() => setEditing(user)} aria-label={t('users.edit', { name: user.displayName })}>{t('edit')}</Button> : null);
  const columns: Column<User>[] = [
    { key: 'name', title: t('users.displayName'), width: 220, render: (user) => <span><Avatar name={user.displayName} size={22} /> &nbsp;{user.displayName}</span> },
    { key: 'userName', title: t('users.userName'), width: 160, render: (user) => muted(user.userName) },
    { key: 'role', title: t('users.role'), width: 140, render: (user) => t(`common:role.${user.role}`) },
    { key: 'department', title: t('users.department'), width: 160, render: (user) => muted(user.department) },
    { key: 'manager', title: t('users.manager'), width: 160, render: (user) => muted(user.managerName) },
    { key: 'canSignIn', title: t('users.canSignIn'), width: 110, render: (user) => t(user.canSignIn ? 'common:yes' : 'common:no') },
    { key: 'active', title: t('users.state'), width: 100, render: (user) => t(user.active ? 'users.active' : 'users.inactive') },
    { key: 'edit', title: '', width: 90, align: 'right', render: edit },
  ];
  return (
    <>
      {can('users.create') ? <div className="settings__tools"><Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('users.add')}</Button></div> : null}
      <DataList<User>
        label={t('users.title')} query={query} rowKey={(user) => user.id} columns={columns} empty={<EmptyState title={t('users.none')} />}
        card={(user) => <div className="settings__card"><b>{user.displayName}</b><span>{t(`common:role.${user.role}`)}{user.department ? ` · ${user.department}` : ''}</span><span>{edit(user)}</span></div>}
      />
      {editing ? <UserDialog user={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}
    </>
  );
};

interface Created extends User { passwordLink?: string | null }

const UserDialog = ({ user, onClose }: { user?: User; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { modal } = App.useApp();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Partial<User>>();
  const submit = async (values: Partial<User>) => {
    const result = await execute<Created>({ method: user ? 'PATCH' : 'POST', path: user ? `users/${user.id}` : 'users', body: values, version: user?.version, done: t('saved') });
    if (result === undefined) return;
    onClose();
    if (result.passwordLink) modal.success({ title: t('users.linkTitle'), content: <><p>{t('users.linkText')}</p><Input readOnly value={new URL(result.passwordLink, location.origin).href} aria-label={t('users.linkTitle')} /></> });
  };
  return (
    <Modal open title={user ? t('users.edit', { name: user.displayName }) : t('users.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Partial<User>>
        form={form} layout="vertical" onFinish={(values) => void submit(values)}
        initialValues={user ? { displayName: user.displayName, role: user.role, department: user.department, canSignIn: user.canSignIn, active: user.active } : { role: 'sales', canSignIn: true, active: true }}
      >
        {user ? null : <Form.Item name="userName" label={t('users.userName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>}
        <Form.Item name="displayName" label={t('users.displayName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="role" label={t('users.role')}><Select options={roles.map((role) => ({ value: role, label: t(`common:role.${role}`) }))} /></Form.Item>
        <Form.Item name="department" label={t('users.department')}><Input maxLength={100} /></Form.Item>
        <Form.Item name="canSignIn" valuePropName="checked" noStyle><Checkbox>{t('users.canSignIn')}</Checkbox></Form.Item>
        <Form.Item name="active" valuePropName="checked" noStyle><Checkbox>{t('users.active')}</Checkbox></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
