import { Alert, Button, Checkbox, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { User } from '@/lib/api-types';
import { useRoleNames, useRoles } from '@/lib/roles';
import { useDepartments } from '@/lib/departments';
import { useHandOverPreview } from './use-hand-over';

const builtIn = ['admin', 'manager', 'sales', 'service', 'auditor'];

/** Whoever still owns records is handed over before the access goes. */
const StillOwns = ({ user, onHandOver }: { user: User; onHandOver?: () => void }) => {
  const { t } = useTranslation('settings');
  const all = (useHandOverPreview(user.id).data?.parts ?? []).reduce((sum, part) => sum + part.count, 0);
  if (all === 0) return null;
  return <Alert type="warning" showIcon style={{ marginTop: 12 }} title={t('handOver.stillOwns', { name: user.displayName, count: all })} action={onHandOver ? <Button size="small" onClick={onHandOver}>{t('handOver.open')}</Button> : null} />;
};

const UserDialog = ({ user, onHandOver, onClose }: { user?: User; onHandOver?: () => void; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Partial<User>>();
  const active = Form.useWatch('active', form);
  const departments = useDepartments().data ?? [];
  const roles = useRoles();
  const roleNames = useRoleNames();
  const codes = [...new Set([...(roles.length > 0 ? roles.map((role) => role.code) : builtIn), ...(user?.roles ?? [])])];
  const submit = async (values: Partial<User>) => {
    // Null empties a field of a user who exists; a new one has none to empty.
    const body = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value === '' || value === undefined ? null : value]).filter(([, value]) => user !== undefined || value !== null));
    if ((await execute({ method: user ? 'PATCH' : 'POST', path: user ? `users/${user.id}` : 'users', body, refresh: [['departments'], ['roles']], version: user?.version, done: t('saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={user ? t('users.edit', { name: user.displayName }) : t('users.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Partial<User>>
        name="user" form={form} layout="vertical" onFinish={(values) => void submit(values)}
        initialValues={user ? { displayName: user.displayName, roles: user.roles, departmentId: user.departmentId, post: user.post, managerName: user.managerName, email: user.email, active: user.active } : { roles: ['sales'] }}
      >
        {user ? null : <Form.Item name="userName" label={t('users.userName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={60} autoComplete="off" /></Form.Item>}
        <Form.Item name="displayName" label={t('users.displayName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="roles" label={t('users.role')} rules={[{ required: true, message: t('required') }]}><Select mode="multiple" options={codes.map((code) => ({ value: code, label: roleNames([code]) }))} /></Form.Item>
        <Form.Item name="departmentId" label={t('users.department')}><Select allowClear showSearch={{ optionFilterProp: 'label' }} options={departments.map((each) => ({ value: each.id, label: each.name }))} /></Form.Item>
        <Form.Item name="post" label={t('users.post')}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="managerName" label={t('users.manager')}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="email" label={t('users.email')} rules={[{ type: 'email', message: t('users.emailInvalid') }]}><Input maxLength={254} autoComplete="off" /></Form.Item>
        {user ? <Form.Item name="active" valuePropName="checked" noStyle><Checkbox>{t('users.active')}</Checkbox></Form.Item> : null}
        {user?.active && active === false ? <StillOwns user={user} onHandOver={onHandOver} /> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default UserDialog;
