import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button, Select, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { addDays, DayList } from '@/components/day-list';
import { PageHeader } from '@/components/page-header';
import { formatDate, todayIn } from '@/lib/format';
import { useCan, useLocale, useSession } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { useUsers } from '@/lib/users';
import { Calendar } from './calendar';
import { Compliance } from './compliance';
import { FollowUps } from './follow-ups';
import { Tasks } from './tasks';
import './my-day.css';

const day = z.catch(z.optional(z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/))), undefined);
const search = z.object({
  tab: z.catch(z.optional(z.enum(['day', 'calendar', 'tasks', 'followUps'])), undefined),
  date: day,
  owner: z.catch(z.optional(z.string()), undefined),
  week: z.catch(z.optional(z.boolean()), undefined),
  task: z.catch(z.optional(z.string()), undefined),
  done: z.catch(z.optional(z.boolean()), undefined),
  method: z.catch(z.optional(z.string()), undefined),
  from: day,
  to: day,
});

/** A day, a month, the tasks and the follow-ups of oneself or of one's people. */
export const MyDayPage = () => {
  const { t } = useTranslation('my-day');
  const { user } = useSession();
  const can = useCan();
  const users = useUsers();
  const { locale, timeZone } = useLocale();
  const [state, setState] = useUrlState(search);
  const today = todayIn(timeZone);
  const date = state.date ?? today;
  const owner = (
    <Select
      className="my-day__owner" aria-label={t('whose')} value={state.owner ?? 'me'} onChange={(next: string) => setState({ owner: next === 'me' ? undefined : next })} showSearch={{ optionFilterProp: 'label' }}
      options={[{ value: 'me', label: t('mine') }, { value: 'all', label: t('everybody') }, ...(users.data ?? []).filter((each) => each.active && each.id !== user.id).map((each) => ({ value: each.id, label: each.displayName }))]}
    />
  );
  const step = (days: number) => setState({ date: addDays(date, days) === today ? undefined : addDays(date, days) });
  const tabs = [
    {
      key: 'day', label: t('day'),
      children: (
        <>
          <div className="my-day__tools">
            <Button icon={<LeftOutlined />} aria-label={t('dayBefore')} onClick={() => step(-1)} />
            <b className="number">{formatDate(date, locale, 'UTC')}</b>
            <Button icon={<RightOutlined />} aria-label={t('dayAfter')} onClick={() => step(1)} />
            {state.date ? <Button type="link" onClick={() => setState({ date: undefined })}>{t('today')}</Button> : null}
          </div>
          <DayList date={state.date} ownerId={state.owner} />
          <Compliance ownerId={state.owner === 'all' ? undefined : (state.owner ?? user.id)} />
        </>
      ),
    },
    { key: 'calendar', label: t('calendar'), children: <Calendar date={date} week={state.week ?? false} ownerId={state.owner} onMove={(next) => setState({ date: next })} onWeek={(week) => setState({ week: week || undefined })} /> },
    ...(can('tasks.view') ? [{ key: 'tasks', label: t('tasks'), children: <Tasks ownerId={state.owner} open={state.task} onOpen={(task) => setState({ task })} done={state.done ?? false} onDone={(done) => setState({ done: done || undefined })} /> }] : []),
    ...(can('customers.view') ? [{ key: 'followUps', label: t('followUps.title'), children: <FollowUps ownerId={state.owner} choice={{ method: state.method, from: state.from, to: state.to }} onChoose={setState} /> }] : []),
  ];
  return (
    <>
      <PageHeader title={t('title')} extra={owner} />
      <Tabs className="my-day" activeKey={state.tab ?? 'day'} onChange={(tab) => setState({ tab: tab === 'day' ? undefined : (tab as 'calendar') })} items={tabs} destroyOnHidden />
    </>
  );
};
