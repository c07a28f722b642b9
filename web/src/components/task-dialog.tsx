import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input, InputNumber, Modal, Popconfirm, Select } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { TaskItem } from '@/lib/api-types';
import { fieldPath, isProblem } from '@/lib/problem';
import { useMay, useSession } from '@/lib/session';
import './tasks.css';

/** The record a new task is about. */
export interface TaskAbout { customerId?: string | null; customerName?: string | null; opportunityId?: string; ticketId?: string }

interface Values {
  title: string; description?: string | null; dueDate?: string | null; dueTime?: string | null; assigneeId?: string | null; priority: TaskItem['priority']; customerId?: string | null;
  frequency?: 'daily' | 'weekly' | 'monthly' | null; interval?: number | null; until?: string | null; checklist?: { text: string; done: boolean }[];
}

/** A new task, or one that is there. */
const TaskDialog = ({ task, about, onClose }: { task?: TaskItem; about?: TaskAbout; onClose: () => void }) => {
  const { t } = useTranslation('my-day');
  const { user } = useSession();
  const may = useMay('tasks', task ?? { may: ['change', 'assign', 'delete'] });
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const frequency = Form.useWatch('frequency', form);
  const open = !task || task.status === 'open';
  useEffect(() => {
    if (isProblem(error)) form.setFields(error.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
  }, [error, form]);
  const submit = async ({ frequency: every, interval, until, assigneeId, customerId, dueTime, ...rest }: Values) => {
    const body = { ...rest, dueTime: dueTime || null, checklist: rest.checklist ?? [], repeat: every ? { frequency: every, interval: interval ?? 1, until: until ?? null } : null };
    const refresh = [['my-day'], ['customers', task?.customerId ?? about?.customerId ?? customerId]];
    if (!task) {
      if ((await execute({ path: 'tasks', body: { ...body, assigneeId, customerId, opportunityId: about?.opportunityId, ticketId: about?.ticketId }, done: t('my-day:saved'), refresh })) !== undefined) onClose();
      return;
    }
    if ((await execute({ method: 'PATCH', path: `tasks/${task.id}`, body, version: task.version, done: t('my-day:saved'), refresh })) === undefined) return;
    if (assigneeId && assigneeId !== task.assigneeId && (await execute({ path: `tasks/${task.id}/assign`, body: { assigneeId }, refresh })) === undefined) return;
    onClose();
  };
  const run = async (command: { method?: 'DELETE'; path: string }) => { if ((await execute({ ...command, done: t('my-day:saved'), refresh: [['my-day'], ['customers', task?.customerId]] })) !== undefined) onClose(); };
  return (
    <Modal
      open title={task ? task.title : t('my-day:add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} okButtonProps={{ disabled: !open || !may('change') }} width={640}
      footer={(buttons) => (
        <>
          {task && may('delete') ? <Popconfirm title={t('my-day:deleteAsk')} onConfirm={() => void run({ method: 'DELETE', path: `tasks/${task.id}` })}><Button danger type="text" style={{ float: 'left' }}>{t('my-day:delete')}</Button></Popconfirm> : null}
          {task && open && may('change') ? <Button type="text" style={{ float: 'left' }} onClick={() => void run({ path: `tasks/${task.id}/cancel` })}>{t('my-day:cancelTask')}</Button> : null}
          {buttons}
        </>
      )}
    >
      <Form<Values>
        name="task" form={form} layout="vertical" disabled={!open || !may('change')} onFinish={(values) => void submit(values)}
        initialValues={task ? { ...task, frequency: task.repeat?.frequency, interval: task.repeat?.interval, until: task.repeat?.until } : { priority: 'normal', assigneeId: user.id, customerId: about?.customerId }}
      >
        <Form.Item name="title" label={t('my-day:field.title')} rules={[{ required: true, whitespace: true, message: t('my-day:required') }]}><Input autoFocus={!task} maxLength={200} /></Form.Item>
        <div className="task-form__pair">
          <Form.Item name="dueDate" label={t('my-day:field.dueDate')}><DateField style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="dueTime" label={t('my-day:field.dueTime')}><Input type="time" /></Form.Item>
          <Form.Item name="priority" label={t('my-day:field.priority')}><Select options={(['urgent', 'high', 'normal', 'low'] as const).map((value) => ({ value, label: t(`my-day:priority.${value}`) }))} /></Form.Item>
          <Form.Item name="assigneeId" label={t('my-day:field.assignee')}><UserSelect allowClear={false} disabled={task !== undefined && !may('assign')} /></Form.Item>
          <Form.Item name="frequency" label={t('my-day:field.repeat')}><Select allowClear placeholder={t('my-day:once')} options={(['daily', 'weekly', 'monthly'] as const).map((value) => ({ value, label: t(`my-day:repeat.${value}`) }))} /></Form.Item>
          <Form.Item name="customerId" label={t('my-day:field.customer')}><CustomerSelect label={task?.customerName ?? about?.customerName} disabled={task !== undefined || about !== undefined} /></Form.Item>
          {frequency ? <Form.Item name="interval" label={t('my-day:field.interval')}><InputNumber min={1} max={99} style={{ width: '100%' }} placeholder="1" /></Form.Item> : null}
          {frequency ? <Form.Item name="until" label={t('my-day:field.until')}><DateField style={{ width: '100%' }} /></Form.Item> : null}
        </div>
        <Form.Item name="description" label={t('my-day:field.description')}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={4000} /></Form.Item>
        <Form.List name="checklist">
          {(steps, { add, remove }) => (
            <>
              {steps.map(({ key, name }) => (
                <div key={key} className="task-form__step">
                  <Form.Item name={[name, 'done']} valuePropName="checked" noStyle initialValue={false}><Checkbox aria-label={t('my-day:stepDone')} /></Form.Item>
                  <Form.Item name={[name, 'text']} noStyle rules={[{ required: true, whitespace: true }]}><Input maxLength={200} aria-label={t('my-day:step')} /></Form.Item>
                  <Button type="text" icon={<DeleteOutlined />} aria-label={t('my-day:removeStep')} onClick={() => remove(name)} />
                </div>
              ))}
              <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({ text: '', done: false })}>{t('my-day:addStep')}</Button>
            </>
          )}
        </Form.List>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default TaskDialog;
