import { CheckOutlined, PlusOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Checkbox } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { TaskDue } from '@/components/task-due';
import type { TaskItem } from '@/lib/api-types';
import { and, equals } from '@/lib/filter';
import { useList, useRecord } from '@/lib/lists';
import { useCan, useSession } from '@/lib/session';

const TaskDialog = lazy(() => import('@/components/task-dialog'));

/** The dialog of a task whose identity stands in the address. */
const Opened = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const query = useRecord<TaskItem>('tasks', id);
  if (query.error) return <ProblemAlert error={query.error} />;
  return query.data ? <TaskDialog task={query.data} onClose={onClose} /> : null;
};

/** The tasks of somebody: what is open, what is due first, first. */
export const Tasks = ({ ownerId, open, onOpen, done, onDone }: { ownerId?: string; open?: string; onOpen: (task: string | undefined) => void; done: boolean; onDone: (done: boolean) => void }) => {
  const { t } = useTranslation('my-day');
  const { user } = useSession();
  const can = useCan();
  const [adding, setAdding] = useState(false);
  const { busy, error, execute } = useCommandState();
  const query = useList<TaskItem>('tasks', { filter: and(ownerId === 'all' ? undefined : equals('assigneeId', ownerId ?? user.id), done ? undefined : 'status = "open"'), sort: done ? '-updatedAt' : 'dueAt' });
  const finish = (task: TaskItem) => void execute({ path: `tasks/${task.id}/${task.status === 'open' ? 'complete' : 'reopen'}`, body: task.status === 'open' && task.dueDate ? { dueDate: task.dueDate } : {}, done: t(task.status === 'open' ? 'taskDone' : 'reopened'), refresh: [['my-day']] });
  const title = (task: TaskItem) => <Button type="link" size="small" style={{ paddingInline: 0 }} onClick={() => onOpen(task.id)}>{task.title}</Button>;
  const about = (task: TaskItem) => (task.customerId ? <Link to="/customers/$id" params={{ id: task.customerId }}>{task.customerName ?? t('customer')}</Link> : <span className="muted">—</span>);
  const act = (task: TaskItem) => (can('tasks.change') ? <Button size="small" icon={<CheckOutlined />} disabled={busy} onClick={() => finish(task)} aria-label={t(task.status === 'open' ? 'doneOf' : 'reopenOf', { name: task.title })}>{t(task.status === 'open' ? 'done' : 'reopen')}</Button> : null);
  const columns: Column<TaskItem>[] = [
    { key: 'title', title: t('field.title'), width: 280, render: title },
    { key: 'due', title: t('field.due'), width: 160, render: (task) => <TaskDue task={task} /> },
    { key: 'priority', title: t('field.priority'), width: 90, render: (task) => t(`priority.${task.priority}`) },
    { key: 'status', title: t('field.status'), width: 90, render: (task) => t(`status.${task.status}`) },
    { key: 'customer', title: t('field.customer'), width: 200, render: about },
    { key: 'assignee', title: t('field.assignee'), width: 120, render: (task) => task.assigneeName ?? '—' },
    { key: 'act', title: '', width: 110, align: 'right', render: act },
  ];
  const add = can('tasks.create') ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('add')}</Button> : null;
  return (
    <>
      <div className="my-day__tools">{add}<Checkbox checked={done} onChange={(event) => onDone(event.target.checked)}>{t('withDone')}</Checkbox></div>
      <ProblemAlert error={error} />
      <DataList<TaskItem>
        label={t('tasks')} query={query} rowKey={(task) => task.id} columns={columns} empty={<EmptyState title={t('noTasks')} action={add} />}
        card={(task) => <div className="task-card"><b>{title(task)}</b><span><TaskDue task={task} /> · {t(`priority.${task.priority}`)} · {about(task)}</span><span>{act(task)}</span></div>}
      />
      <Suspense fallback={null}>
        {adding ? <TaskDialog onClose={() => setAdding(false)} /> : null}
        {open ? <Opened id={open} onClose={() => onOpen(undefined)} /> : null}
      </Suspense>
    </>
  );
};
