import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Badge, Button, Checkbox, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Notification, NotificationPreferences, UnreadNotifications } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useList } from '@/lib/lists';

const mailKinds = ['followUps', 'tasks', 'birthdays', 'assigned'];

const Row = ({ item, onOpen }: { item: Notification; onOpen: () => void }) => {
  const { t } = useTranslation('my-day');
  const resource = item.resource ?? 'customers';
  const single = item.kind !== 'assigned' || (item.count ?? 1) === 1;
  const what = item.kind !== 'assigned' ? item.kind : `${single && (resource !== 'customers' || item.customerName) ? 'assigned' : 'assignedMany'}.${resource}`;
  // A customer that is not to be seen any more has no name here, and is counted.
  const text = t(`my-day:notification.${what}`, { by: item.byName ?? t('my-day:notification.somebody'), count: item.count ?? 1, customer: item.customerName ?? t('my-day:customer'), task: item.taskTitle ?? t('my-day:task'), overdue: item.overdue ?? 0, today: item.today ?? 0 });
  const link = item.kind === 'day' || (!single && resource === 'plans') ? <Link to="/my-day" onClick={onOpen}>{text}</Link>
    : !single && resource === 'tasks' ? <Link to="/my-day" search={{ tab: 'tasks' } as never} onClick={onOpen}>{text}</Link>
    : !single ? <Link to={`/${resource as 'customers' | 'opportunities' | 'tickets'}`} onClick={onOpen}>{text}</Link>
    : item.recordId && resource === 'opportunities' ? <Link to="/opportunities/$id" params={{ id: item.recordId }} onClick={onOpen}>{text}</Link>
    : item.recordId && resource === 'tickets' ? <Link to="/tickets/$id" params={{ id: item.recordId }} onClick={onOpen}>{text}</Link>
    : item.taskId ? <Link to="/my-day" search={{ tab: 'tasks', task: item.taskId } as never} onClick={onOpen}>{text}</Link>
      : <Link to="/customers/$id" params={{ id: item.customerId! }} onClick={onOpen}>{text}</Link>;
  return <li className="notification" data-unread={!item.readAt}>{link}<span className="muted"><DateText value={item.createdAt} as="relative" /></span></li>;
};

const Panel = ({ onClose }: { onClose: () => void }) => {
  const { t } = useTranslation('my-day');
  const run = useCommand();
  const list = useList<Notification>('notifications', { limit: 30 });
  const preferences = useQuery({ queryKey: ['notifications', 'preferences'], queryFn: ({ signal }) => get<NotificationPreferences>('notifications/preferences', undefined, signal) });
  const read = (ids?: string[]) => void run({ path: 'notifications/read', body: ids ? { ids } : {} });
  return (
    <div className="notifications">
      <div className="notifications__head"><b>{t('my-day:notifications')}</b><Button type="link" size="small" disabled={!list.rows.some((item) => !item.readAt)} onClick={() => read()}>{t('my-day:readAll')}</Button></div>
      {list.error ? <ProblemAlert error={list.error} onRetry={() => void list.refetch()} /> : null}
      {!list.isPending && list.rows.length === 0 && !list.error ? <p className="muted">{t('my-day:noNotifications')}</p> : null}
      <ul>{list.rows.map((item) => <Row key={item.id} item={item} onOpen={() => { if (!item.readAt) read([item.id]); onClose(); }} />)}</ul>
      {list.hasNextPage ? <Button block size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('common:list.more')}</Button> : null}
      {preferences.data ? (
        <fieldset className="notifications__mail">
          <legend className="muted">{t('my-day:mailMe')}</legend>
          <Checkbox.Group value={preferences.data.mail} options={mailKinds.map((value) => ({ value, label: t(`my-day:mailKind.${value}`) }))} onChange={(mail) => void run({ method: 'PUT', path: 'notifications/preferences', body: { mail }, done: t('my-day:saved') })} />
        </fieldset>
      ) : null}
    </div>
  );
};

/** The bell: how much is unread, and what. */
export const Notifications = () => {
  const { t } = useTranslation('my-day');
  const [open, setOpen] = useState(false);
  const unread = useQuery({ queryKey: ['notifications', 'unread'], queryFn: ({ signal }) => get<UnreadNotifications>('notifications/unread', undefined, signal), refetchInterval: 45_000 });
  const count = unread.data?.unread ?? 0;
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomRight" destroyOnHidden rootClassName="notifications-popover" content={<Panel onClose={() => setOpen(false)} />}>
      <Button type="text" icon={<Badge count={count} overflowCount={99} size="small"><BellOutlined /></Badge>} aria-label={t('my-day:bell', { count })} aria-expanded={open} />
    </Popover>
  );
};
