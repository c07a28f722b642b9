import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { useCan } from '@/lib/session';
import { useLiveRows } from './live';
import type { RecurringWork } from './types';
import { shortType } from './words';

const RunNow = ({ work }: { work: RecurringWork }) => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  if (!can('operations.change')) return null;
  return (
    <>
      <Popconfirm title={t('recurring.ask', { name: work.name })} okText={t('recurring.run')} cancelText={t('common:cancel')} onConfirm={() => void execute({ path: `operations/recurring/${work.name}/run`, done: t('recurring.sent') })}>
        <Button size="small" loading={busy} aria-label={t('recurring.runOf', { name: work.name })}>{t('recurring.run')}</Button>
      </Popconfirm>
      <ProblemAlert error={error} />
    </>
  );
};

/** Work that comes back by the clock. */
export const Recurring = () => {
  const { t } = useTranslation('operations');
  const query = useLiveRows<RecurringWork>('operations/recurring');
  const columns: Column<RecurringWork>[] = [
    { key: 'name', title: t('recurring.name'), width: 220, render: (work) => <code>{work.name}</code> },
    { key: 'cron', title: t('recurring.cron'), width: 140, render: (work) => <code>{work.cron}</code> },
    { key: 'message', title: t('column.message'), width: 200, render: (work) => <span title={work.message}>{shortType(work.message)}</span> },
    { key: 'last', title: t('recurring.last'), width: 140, render: (work) => <DateText value={work.lastFiredAt} as="instant" /> },
    { key: 'next', title: t('recurring.next'), width: 140, render: (work) => <DateText value={work.nextFireAt} as="instant" /> },
    { key: 'run', title: t('column.actions'), width: 110, render: (work) => <RunNow work={work} /> },
  ];
  return (
    <DataList<RecurringWork>
      label={t('recurring.title')} query={query} rowKey={(work) => work.name} columns={columns} empty={<EmptyState title={t('recurring.none')} />}
      card={(work) => (
        <div className="operations-card">
          <code>{work.name}</code><RunNow work={work} />
          <span className="operations-card__wide muted">{t('recurring.next')} <DateText value={work.nextFireAt} as="instant" /> · <code>{work.cron}</code></span>
        </div>
      )}
    />
  );
};
