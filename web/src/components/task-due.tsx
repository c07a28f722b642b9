import { DateText } from '@/components/values';
import type { TaskItem } from '@/lib/api-types';
import { formatDate } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useLocale } from '@/lib/session';

/** When a task is due; marked when it is late. */
export const TaskDue = ({ task }: { task: TaskItem }) => {
  const { locale } = useLocale();
  const now = useNow();
  if (!task.dueDate) return <span className="muted">—</span>;
  const late = task.status === 'open' && task.dueAt ? Date.parse(task.dueAt) < now : false;
  return <span className={late ? 'overdue' : undefined}>{task.dueTime ? <DateText value={task.dueAt} as="instant" /> : formatDate(task.dueDate, locale, 'UTC')}</span>;
};
