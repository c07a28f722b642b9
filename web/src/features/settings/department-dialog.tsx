import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Department, User } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useDepartments } from '@/lib/departments';
import { subtree } from './department-tree';

interface Values { name: string; parentId?: string | null }

const Members = ({ id }: { id: string }) => {
  const { t } = useTranslation('settings');
  const { rows, hasNextPage } = useList<User>('users', { filter: `departmentId = "${id}" AND active = true`, limit: 100 });
  return <p className="muted">{t('departments.members')}: {rows.length > 0 ? rows.map((user) => (user.post ? `${user.displayName} (${user.post})` : user.displayName)).join(t('common:comma')) : '—'}{hasNextPage ? ' …' : ''}</p>;
};

const DepartmentDialog = ({ department, parentId, onClose }: { department?: Department; parentId?: string; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const all = useDepartments().data ?? [];
  const [form] = Form.useForm<Values>();
  const own = department ? subtree(all, department.id) : new Set<string>();
  const submit = async ({ name, parentId: parent }: Values) => {
    const result = await execute({
      method: department ? 'PATCH' : 'POST', path: department ? `departments/${department.id}` : 'departments', body: { name, parentId: parent ?? null }, version: department?.version, done: t('saved'), refresh: [['users']],
    });
    if (result !== undefined) onClose();
  };
  return (
    <Modal open title={department ? t('departments.edit', { name: department.name }) : t('departments.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="department" form={form} layout="vertical" initialValues={{ name: department?.name, parentId }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('departments.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
        <Form.Item name="parentId" label={t('departments.parent')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('departments.top')} options={all.filter((each) => !own.has(each.id)).map((each) => ({ value: each.id, label: each.name }))} />
        </Form.Item>
      </Form>
      {department ? <Members id={department.id} /> : null}
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default DepartmentDialog;
