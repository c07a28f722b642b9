import { PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { TaskDue } from '@/components/task-due';
import type { TaskItem } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { and, equals } from '@/lib/filter';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import type { TaskAbout } from './task-dialog';
import './tasks.css';

const TaskDialog = lazy(() => import('./task-dialog'));

/** The tasks about a record: what is open first, what was done folded; added, opened and ticked off here. Of a customer also those of its opportunities and tickets. */
export const TasksBox = ({ field, id, about }: { field: 'customerId' | 'opportunityId' | 'ticketId'; id: string; about: TaskAbout }) => {
  const { t } = useTranslation('my-day');
  const can = useCan();
  const { asOf } = useAsOf();
  const [shown, setShown] = useState<TaskItem | 'new'>();
  const [done, setDone] = useState(false);
  const { busy, error, execute } = useCommandState();
  const visible = can('tasks.view');
  const open = useList<TaskItem>('tasks', { filter: and(equals(field, id), 'status = "open"'), sort: 'dueAt', limit: 20 }, visible);
  const over = useList<TaskItem>('tasks', { filter: and(equals(field, id), 'status != "open"'), sort: '-updatedAt', limit: 20 }, visible && done);
  if (!visible) return null;
  const changes = can('tasks.change') && !asOf;
  const tick = (task: TaskItem) => void execute({
    path: `tasks/${task.id}/${task.status === 'open' ? 'complete' : 'reopen'}`, body: task.status === 'open' && task.dueDate ? { dueDate: task.dueDate } : {},
    done: t(task.status === 'open' ? 'taskDone' : 'reopened'), refresh: [['my-day'], ['customers', task.customerId]],
  });
  const row = (task: TaskItem) => (
    <li key={task.id} data-done={task.status !== 'open' || undefined}>
      <Checkbox checked={task.status === 'done'} disabled={!changes || busy || task.status === 'cancelled'} aria-label={t(task.status === 'open' ? 'doneOf' : 'reopenOf', { name: task.title })} onChange={() => tick(task)} />
      <Button type="link" size="small" onClick={() => setShown(task)}>{task.title}</Button>
      <span className="tasks-box__line">
        {task.dueDate ? <TaskDue task={task} /> : null}
        {task.assigneeName ? <span>{task.assigneeName}</span> : null}
        {task.priority === 'high' || task.priority === 'urgent' ? <span>{t(`my-day:priority.${task.priority}`)}</span> : null}
        {task.repeat ? <span>{t(`my-day:repeat.${task.repeat.frequency}`)}</span> : null}
        {task.checklist.length > 0 ? <span>{t('my-day:steps', { done: task.checklist.filter((step) => step.done).length, all: task.checklist.length })}</span> : null}
        {task.status === 'cancelled' ? <span>{t('my-day:status.cancelled')}</span> : null}
      </span>
    </li>
  );
  return (
    <RelatedBox
      title={t('my-day:tasks')} count={open.rows.length}
      action={can('tasks.create') && !asOf ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t('my-day:add')} onClick={() => setShown('new')} /> : null}
    >
      {open.error ? <ProblemAlert error={open.error} onRetry={() => void open.refetch()} /> : null}
      {!open.isPending && open.rows.length === 0 && !open.error ? <p className="muted">{t('my-day:noOpenTasks')}</p> : null}
      <ul className="tasks-box">{open.rows.map(row)}</ul>
      {open.hasNextPage ? <Button block size="small" loading={open.isFetchingNextPage} onClick={() => void open.fetchNextPage()}>{t('common:list.more')}</Button> : null}
      <Button type="link" size="small" style={{ paddingInline: 0 }} aria-expanded={done} onClick={() => setDone(!done)}>{t(done ? 'hideDone' : 'showDone')}</Button>
      {done ? (
        <>
          {!over.isPending && over.rows.length === 0 && !over.error ? <p className="muted">{t('my-day:noTasks')}</p> : null}
          <ul className="tasks-box" aria-label={t('my-day:status.done')}>{over.rows.map(row)}</ul>
          {over.hasNextPage ? <Button block size="small" loading={over.isFetchingNextPage} onClick={() => void over.fetchNextPage()}>{t('common:list.more')}</Button> : null}
        </>
      ) : null}
      <ProblemAlert error={error ?? over.error} />
      <Suspense fallback={null}>{shown ? <TaskDialog task={shown === 'new' ? undefined : shown} about={about} onClose={() => setShown(undefined)} /> : null}</Suspense>
    </RelatedBox>
  );
};
