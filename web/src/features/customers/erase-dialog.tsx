import { WarningOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Form, Input, Modal, Select } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Contact, Customer, TaskItem } from '@/lib/api-types';
import { equals } from '@/lib/filter';
import { useList, type ListParams } from '@/lib/lists';
import { listPage } from '@/lib/quick-search';
import { useCan } from '@/lib/session';

interface Values { whom: string; reason: string; typed: string }
const reasons = ['request', 'withdrawn', 'retention', 'unlawful'] as const;

/** How many titles are told. */
const most = 10;

/** The tasks that tell of who is to be erased, as the user may see them: those of the customer go with it; those that name a contact stay, and are to be looked at. */
const TasksOfErased = ({ customer, contact }: { customer: Customer; contact?: Contact }) => {
  const { t } = useTranslation('customers');
  const params: ListParams = { filter: equals('customerId', customer.id), q: contact?.name, sort: '-updatedAt', limit: most, count: 'exact' };
  const { data } = useQuery({ queryKey: ['tasks', 'erase', params], queryFn: ({ signal }) => listPage<TaskItem>('tasks', params, signal) });
  const tasks = data?.data.filter((task) => !task.erased) ?? [];
  if (tasks.length === 0) return null;
  return (
    <Alert
      type="warning" style={{ marginBottom: 16 }} title={t(contact ? 'personal.eraseTasksOfContact' : 'personal.eraseTasks', { count: data?.count ?? tasks.length, name: contact?.name })}
      description={<><ul className="told">{tasks.map((task) => <li key={task.id}>{task.title}</li>)}{(data?.count ?? 0) > most ? <li>{t('personal.eraseTasksMore')}</li> : null}</ul>{contact ? null : t('personal.eraseTasksHidden')}</>}
    />
  );
};

/** Erases for good: says what will be gone, and wants the name typed before it does it. */
const EraseDialog = ({ customer, onClose }: { customer: Customer; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const navigate = useNavigate();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const contacts = useList<Contact>(`customers/${customer.id}/contacts`);
  const whom = Form.useWatch('whom', form) ?? 'all';
  const name = whom === 'all' ? customer.name : contacts.rows.find((contact) => contact.id === whom)?.name ?? '';
  const can = useCan();
  const submit = async (values: Values) => {
    const body = { reason: values.reason, contactId: values.whom === 'all' ? undefined : values.whom };
    if ((await execute({ path: `customers/${customer.id}/erase`, body, done: t('personal.erased'), refresh: [['tickets'], ['opportunities']] })) === undefined) return;
    onClose();
    await navigate({ to: '/customers/$id/erasures', params: { id: customer.id } });
  };
  return (
    <Modal
      open title={<><WarningOutlined style={{ color: 'var(--danger)', marginRight: 8 }} aria-hidden="true" />{t('personal.eraseTitle')}</>} okText={t('personal.eraseOk')} cancelText={t('common:cancel')}
      okButtonProps={{ danger: true }} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}
    >
      <Alert type="error" showIcon title={t('personal.eraseWarning')} description={t('personal.eraseText')} style={{ marginBottom: 16 }} />
      <Form<Values> name="erase" form={form} layout="vertical" initialValues={{ whom: 'all' }} onFinish={(values) => void submit(values)}>
        <Form.Item name="whom" label={t('personal.eraseWhom')}>
          <Select options={[{ value: 'all', label: t('personal.eraseAll', { name: customer.name }) }, ...contacts.rows.filter((contact) => !contact.erased).map((contact) => ({ value: contact.id, label: t('personal.eraseContact', { name: contact.name }) }))]} />
        </Form.Item>
        <Form.Item name="reason" label={t('personal.eraseReason')} rules={[{ required: true, message: t('personal.eraseReasonRequired') }]}>
          <Select options={reasons.map((reason) => ({ value: reason, label: t(`personal.reason.${reason}`) }))} />
        </Form.Item>
        <Form.Item name="typed" label={t('personal.eraseTyped', { name })} dependencies={['whom']} rules={[{ validator: (_, value?: string) => (value?.trim() === name ? Promise.resolve() : Promise.reject(new Error(t('personal.eraseTypedWrong')))) }]}>
          <Input autoComplete="off" />
        </Form.Item>
      </Form>
      {can('tasks.view') ? <TasksOfErased customer={customer} contact={contacts.rows.find((contact) => contact.id === whom)} /> : null}
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default EraseDialog;
