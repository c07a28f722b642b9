import { Checkbox, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { User } from '@/lib/api-types';

const roles = ['admin', 'manager', 'sales', 'service', 'auditor'] as const;

const UserDialog = ({ user, onClose }: { user?: User; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Partial<User>>();
  const submit = async (values: Partial<User>) => {
    const body = { ...values, email: values.email || null };
    if ((await execute({ method: user ? 'PATCH' : 'POST', path: user ? `users/${user.id}` : 'users', body, version: user?.version, done: t('saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={user ? t('users.edit', { name: user.displayName }) : t('users.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Partial<User>>
        name="user" form={form} layout="vertical" onFinish={(values) => void submit(values)}
        initialValues={user ? { displayName: user.displayName, role: user.role, department: user.department, managerName: user.managerName, email: user.email, active: user.active } : { role: 'sales' }}
      >
        {user ? null : <Form.Item name="userName" label={t('users.userName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={60} autoComplete="off" /></Form.Item>}
        <Form.Item name="displayName" label={t('users.displayName')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="role" label={t('users.role')}><Select options={roles.map((role) => ({ value: role, label: t(`common:role.${role}`) }))} /></Form.Item>
        <Form.Item name="department" label={t('users.department')}><Input maxLength={100} /></Form.Item>
        <Form.Item name="managerName" label={t('users.manager')}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="email" label={t('users.email')} rules={[{ type: 'email', message: t('users.emailInvalid') }]}><Input maxLength={254} autoComplete="off" /></Form.Item>
        {user ? <Form.Item name="active" valuePropName="checked" noStyle><Checkbox>{t('users.active')}</Checkbox></Form.Item> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default UserDialog;
