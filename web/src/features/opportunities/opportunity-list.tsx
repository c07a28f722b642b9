import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, InputNumber, Segmented, Select, type InputRef } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BulkJobs } from '@/components/bulk-jobs';
import { useCustomColumns } from '@/components/custom-columns';
import { CustomFilter } from '@/components/custom-filter';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ExportButton } from '@/components/export-button';
import { FilterBar } from '@/components/filter-bar';
import { PageHeader } from '@/components/page-header';
import { PickButton, SelectionBar, useSelection } from '@/components/selection-bar';
import { UserSelect } from '@/components/selects';
import { DateText, MoneyText } from '@/components/values';
import type { Opportunity } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { useCustomFields } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { usePipelines } from '@/lib/pipelines';
import { usePhone } from '@/lib/preferences';
import { useCan, useSession } from '@/lib/session';
import { useShortcut } from '@/lib/shortcuts';
import { useUrlState } from '@/lib/url-state';
import { opportunityListParams, opportunityListState } from './list-state';
import { DaysInStage, StageMark } from './marks';
import { useStageName } from './words';

/** All opportunities in a table, to filter and sort. */
export const OpportunityListPage = () => {
  const { t } = useTranslation('opportunities');
  const { user } = useSession();
  const can = useCan();
  const phone = usePhone();
  const navigate = useNavigate();
  const pipelines = usePipelines();
  const stageName = useStageName();
  const [state, setState] = useUrlState(opportunityListState);
  const [text, setText] = useState(state.q ?? '');
  const settled = useDebounced(text, 250);
  const search = useRef<InputRef>(null);
  useEffect(() => { if ((state.q ?? '') !== settled) setState({ q: settled || undefined }); }, [settled]); // eslint-disable-line react-hooks/exhaustive-deps -- follows typing only, not the address
  useShortcut('/', t('focusSearch'), useCallback(() => search.current?.focus(), []));

  const params = opportunityListParams(state, user.id);
  const own = useCustomFields('opportunities');
  const ownColumns = useCustomColumns<Opportunity>('opportunities', state.cols);
  const query = useList<Opportunity>('opportunities', params);
  const selection = useSelection('opportunities', params, query.rows);
  const [showJobs, setShowJobs] = useState(false);
  const active = [state.q, state.pipeline, state.stage?.length, state.owner, state.min !== undefined, state.max !== undefined, state.view, state.customer, state.since, ...Object.keys(state.own ?? {})].filter(Boolean).length;
  const clear = () => { setText(''); setState({ q: undefined, pipeline: undefined, stage: undefined, owner: undefined, min: undefined, max: undefined, view: undefined, customer: undefined, kind: undefined, since: undefined, own: undefined }); };
  const chosen = (pipelines.data ?? []).filter((pipeline) => !state.pipeline || pipeline.id === state.pipeline);
  const stages = chosen.flatMap((pipeline) => pipeline.stages).filter((stage, index, all) => all.findIndex((other) => other.code === stage.code) === index);

  const columns: Column<Opportunity>[] = [
    { key: 'name', title: t('field.name'), sort: 'name', width: 260, render: (row) => <Link to="/opportunities/$id" params={{ id: row.id }}>{row.name}</Link> },
    { key: 'customer', title: t('field.customerId'), sort: 'customerName', width: 210, render: (row) => (row.customerId && row.customerName ? <Link to="/customers/$id" params={{ id: row.customerId }}>{row.customerName}</Link> : <span className="warning-text">{t('warning.noCustomer')}</span>) },
    { key: 'stage', title: t('field.stage'), width: 120, render: (row) => <StageMark value={row} /> },
    { key: 'amount', title: t('field.amount'), sort: 'amount', width: 120, align: 'right', render: (row) => <MoneyText value={row.amount} /> },
    { key: 'days', title: t('field.daysInStage'), sort: 'daysInStage', width: 110, render: (row) => <DaysInStage value={row.daysInStage} /> },
    { key: 'close', title: t('field.expectedCloseDate'), sort: 'expectedCloseDate', width: 120, render: (row) => <DateText value={row.expectedCloseDate} /> },
    { key: 'owner', title: t('field.ownerId'), sort: 'ownerName', width: 110, render: (row) => row.ownerName ?? <span className="muted">{t('noOwner')}</span> },
    ...ownColumns,
    { key: 'updated', title: t('field.updatedAt'), sort: 'updatedAt', width: 110, render: (row) => <DateText value={row.updatedAt} as="relative" /> },
  ];
  const create = can('opportunities.create') ? <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate({ to: '/opportunities/new' })}>{t('create')}</Button> : null;
  return (
    <>
      <PageHeader
        title={t('title')}
        extra={<>
          <Segmented aria-label={t('views')} value="list" options={[{ value: 'board', label: t('view.board') }, { value: 'list', label: t('view.list') }]} onChange={(view) => view === 'board' && void navigate({ to: '/opportunities' })} />
          <PickButton selection={selection} /><BulkJobs resource="opportunities" open={showJobs} onOpen={setShowJobs} /><ExportButton resource="opportunities" params={params} selection={selection} />
          {create}
        </>}
      >
        <FilterBar
          active={active} onClear={clear}
          filters={<>
            {(pipelines.data?.length ?? 0) > 1 ? (
              <Select allowClear placeholder={t('field.pipelineId')} aria-label={t('filterBy', { field: t('field.pipelineId') })} value={state.pipeline} options={pipelines.data?.map((pipeline) => ({ value: pipeline.id, label: pipeline.name }))} onChange={(pipeline) => setState({ pipeline, stage: undefined })} />
            ) : null}
            <Select mode="multiple" maxTagCount="responsive" allowClear placeholder={t('field.stage')} aria-label={t('filterBy', { field: t('field.stage') })} value={state.stage ?? []} options={stages.map((stage) => ({ value: stage.code, label: stageName(stage) }))} onChange={(stage) => setState({ stage })} />
            <UserSelect placeholder={t('field.ownerId')} aria-label={t('filterBy', { field: t('field.ownerId') })} value={state.owner} onChange={(owner) => setState({ owner, view: state.view === 'mine' ? undefined : state.view })} />
            <span className="amount-range">
              <InputNumber<number> min={0} controls={false} placeholder={t('amountFrom')} aria-label={t('amountFrom')} value={state.min ?? null} onChange={(min) => setState({ min: min ?? undefined })} />
              <span aria-hidden="true">–</span>
              <InputNumber<number> min={0} controls={false} placeholder={t('amountTo')} aria-label={t('amountTo')} value={state.max ?? null} onChange={(max) => setState({ max: max ?? undefined })} />
            </span>
            {own.length > 0 ? <CustomFilter fields={own} own={state.own} cols={state.cols} onChange={setState} /> : null}
            {phone ? (
              <Select
                allowClear placeholder={t('sortBy')} aria-label={t('sortBy')} value={state.sort} onChange={(sort) => setState({ sort })}
                options={columns.filter((column) => column.sort).flatMap((column) => [{ value: column.sort!, label: `${column.title} ↑` }, { value: `-${column.sort}`, label: `${column.title} ↓` }])}
              />
            ) : null}
          </>}
        >
          <Segmented
            aria-label={t('listViews')} value={state.view ?? 'open'} options={[{ value: 'open', label: t('listView.open') }, { value: 'mine', label: t('listView.mine') }, { value: 'all', label: t('listView.all') }]}
            onChange={(view) => setState({ view: view === 'open' ? undefined : (view as 'mine'), stage: undefined, owner: view === 'mine' ? undefined : state.owner })}
          />
          <Input ref={search} className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox" placeholder={t('searchHint')} aria-label={t('search')} onChange={(event) => setText(event.target.value)} />
        </FilterBar>
      </PageHeader>
      <SelectionBar resource="opportunities" params={params} selection={selection} hasMore={query.hasNextPage} onStarted={() => setShowJobs(true)} />
      <DataList<Opportunity>
        label={t('listLabel')} query={query} selection={selection} rowName={(row) => row.name} rowKey={(row) => row.id} columns={columns} sort={state.sort} onSort={(sort) => setState({ sort })} onOpen={(row) => void navigate({ to: '/opportunities/$id', params: { id: row.id } })}
        card={(row) => (
          <div className="opportunity-card">
            <Link to="/opportunities/$id" params={{ id: row.id }} className="opportunity-card__name">{row.name}</Link><StageMark value={row} />
            <div className="opportunity-card__line"><b><MoneyText value={row.amount} /></b><span>{row.customerName ?? t('warning.noCustomer')}</span><span>{row.ownerName ?? t('noOwner')}</span></div>
          </div>
        )}
        empty={active > 0 ? <EmptyState title={t('noMatch')} action={<Button onClick={clear}>{t('common:filter.clear')}</Button>} /> : <EmptyState title={t('none')} description={t('noneText')} action={create} />}
      />
    </>
  );
};
