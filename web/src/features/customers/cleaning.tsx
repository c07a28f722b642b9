import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { BulkJobs } from '@/components/bulk-jobs';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { CleaningRound, Customer, Page } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import './customers.css';

const kinds = ['unreachable', 'leftContact', 'incomplete', 'untouched'] as const;
const cleaningState = z.object({ month: z.catch(z.optional(z.string().check(z.regex(/^\d{4}-\d{2}$/))), undefined), kind: z.catch(z.enum(kinds), 'unreachable') });

const Found = ({ month, kind }: { month: string; kind: (typeof kinds)[number] }) => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const { modal } = App.useApp();
  const query = useList<Customer>(`customers/cleaning/${month}/${kind}`);
  const { busy, error, execute } = useCommandState();
  const [showJobs, setShowJobs] = useState(false);
  const ids = query.rows.slice(0, 500).map((customer) => customer.id);
  const archive = () => modal.confirm({
    title: t('cleaning.archiveTitle', { count: ids.length }), content: t('cleaning.archiveText'), okText: t('archive'), cancelText: t('common:cancel'),
    onOk: async () => { if (await execute({ path: 'customers/bulk', body: { command: 'archive', ids } })) setShowJobs(true); },
  });
  const columns: Column<Customer>[] = [
    { key: 'name', title: t('field.name'), sort: 'name', width: 300, render: (customer) => <Link to="/customers/$id" params={{ id: customer.id }}>{customer.name}</Link> },
    { key: 'owner', title: t('field.ownerId'), width: 140, render: (customer) => customer.ownerName ?? <span className="muted">{t('nobody')}</span> },
    { key: 'last', title: t('field.lastFollowUpAt'), width: 140, render: (customer) => <DateText value={customer.lastFollowUpAt} as="relative" /> },
    { key: 'updated', title: t('field.updatedAt'), sort: 'updatedAt', width: 140, render: (customer) => <DateText value={customer.updatedAt} as="relative" /> },
  ];
  return (
    <>
      {error ? <ProblemAlert error={error} /> : null}
      <div className="merge__commands merge-page">
        {can('customers.change') && ids.length > 0 ? <Button loading={busy} onClick={archive}>{t('cleaning.archive', { count: ids.length })}</Button> : null}
        <BulkJobs resource="customers" open={showJobs} onOpen={setShowJobs} />
      </div>
      <DataList<Customer>
        label={t(`cleaning.kind.${kind}`)} query={query} rowKey={(customer) => customer.id} rowName={(customer) => customer.name} columns={columns}
        card={(customer) => <div className="customer-card"><Link to="/customers/$id" params={{ id: customer.id }}>{customer.name}</Link><span className="muted">{customer.ownerName ?? t('nobody')}</span></div>}
        empty={<EmptyState title={t('cleaning.done')} />}
      />
    </>
  );
};

/** 清洗: what the end of each month found to be cleaned, and how far it is. */
export const CleaningPage = () => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const [state, setState] = useUrlState(cleaningState);
  const { data, error, refetch } = useQuery({ queryKey: ['customers', 'cleaning'], queryFn: ({ signal }) => get<Page<CleaningRound>>('customers/cleaning', {}, signal) });
  const { busy, execute } = useCommandState();
  const rounds = data?.data ?? [];
  const round = rounds.find((each) => each.month === state.month) ?? rounds[0];
  const run = can('customers.delete') ? <Button loading={busy} onClick={() => void execute({ path: 'customers/cleaning/run', done: t('cleaning.started') })}>{t('cleaning.run')}</Button> : null;
  return (
    <>
      <PageHeader title={t('cleaning.title')} note={round ? <>{t('cleaning.foundAt')} <DateText value={round.foundAt} as="relative" /></> : null} extra={run}>
        {rounds.length > 1 ? <Select aria-label={t('cleaning.month')} value={round?.month} options={rounds.map(({ month }) => ({ value: month, label: month }))} onChange={(month) => setState({ month })} /> : null}
        {round ? (
          <Segmented
            aria-label={t('cleaning.kinds')} value={state.kind} onChange={(kind) => setState({ kind })}
            options={kinds.map((value) => { const count = round.kinds.find((each) => each.kind === value); return { value, label: `${t(`cleaning.kind.${value}`)} ${count?.open ?? 0}/${count?.found ?? 0}` }; })}
          />
        ) : null}
      </PageHeader>
      {error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : null}
      {round ? <Found key={`${round.month} ${state.kind}`} month={round.month} kind={state.kind} /> : data ? <EmptyState title={t('cleaning.none')} description={t('cleaning.noneText')} /> : null}
    </>
  );
};
