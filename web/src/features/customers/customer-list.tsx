import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Checkbox, Input, Segmented, Select, type InputRef } from 'antd';
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
import { DateText } from '@/components/values';
import type { Customer } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { useCustomFields } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { usePhone } from '@/lib/preferences';
import { useCan, useSession } from '@/lib/session';
import { useShortcut } from '@/lib/shortcuts';
import { useUrlState } from '@/lib/url-state';
import { customerListParams, customerListState, type CustomerListState } from './list-state';
import { KindIcon, LifecycleMark, NextFollowUp, RecycleMark, Tags, TierMark } from './marks';
import { QualityMenu } from './quality-menu';
import { SegmentTools } from './segments';
import { useChoices } from './words';

const view = (state: CustomerListState) => (state.owner === 'me' && state.due === 'overdue' ? 'due' : state.owner === 'me' ? 'mine' : state.owner ? '' : 'all');

export const CustomerListPage = () => {
  const { t } = useTranslation('customers');
  const { user } = useSession();
  const can = useCan();
  const phone = usePhone();
  const navigate = useNavigate();
  const choices = useChoices();
  const [state, setState] = useUrlState(customerListState);
  const [text, setText] = useState(state.q ?? '');
  const settled = useDebounced(text, 250);
  const search = useRef<InputRef>(null);
  useEffect(() => { if ((state.q ?? '') !== settled) setState({ q: settled || undefined }); }, [settled]); // eslint-disable-line react-hooks/exhaustive-deps -- follows typing only, not the address
  useShortcut('/', t('focusSearch'), useCallback(() => search.current?.focus(), []));

  const own = useCustomFields('customers');
  const ownColumns = useCustomColumns<Customer>('customers', state.cols);
  const params = customerListParams(state, user.id);
  const query = useList<Customer>('customers', params);
  const selection = useSelection('customers', params, query.rows);
  const [showJobs, setShowJobs] = useState(false);
  const open = (customer: Customer) => void navigate({ to: '/customers/$id', params: { id: customer.id } });
  const active = [state.q, state.lifecycle, state.tier, state.owner, state.tag, state.due, state.archived, state.soon, state.segment, ...Object.keys(state.own ?? {})].filter(Boolean).length;
  const filtered = active > 0;
  const link = (customer: Customer, className?: string) => <Link to="/customers/$id" params={{ id: customer.id }} className={className}>{customer.name}</Link>;

  const columns: Column<Customer>[] = [
    { key: 'name', title: t('field.name'), sort: 'name', width: 300, render: (customer) => <><KindIcon value={customer.kind} />{link(customer)} <RecycleMark value={customer.recycleOn} /></> },
    { key: 'lifecycle', title: t('field.lifecycle'), width: 104, render: (customer) => <LifecycleMark value={customer.lifecycle} /> },
    { key: 'tier', title: t('field.tier'), sort: 'tier', width: 76, render: (customer) => <TierMark value={customer.tier} /> },
    { key: 'industry', title: t('field.industry'), width: 136, render: (customer) => customer.industry ?? <span className="muted">—</span> },
    { key: 'owner', title: t('field.ownerId'), width: 120, render: (customer) => customer.ownerName ?? <span className="muted">{t('nobody')}</span> },
    { key: 'tags', title: t('field.tags'), width: 200, render: (customer) => <Tags values={customer.tags} most={2} /> },
    { key: 'last', title: t('field.lastFollowUpAt'), sort: 'lastFollowUpAt', width: 120, render: (customer) => <DateText value={customer.lastFollowUpAt} as="relative" /> },
    { key: 'due', title: t('field.dueAt'), sort: 'dueAt', width: 150, render: (customer) => <NextFollowUp value={customer.dueAt} /> },
    { key: 'next', title: t('field.nextFollowUpAt'), sort: 'nextFollowUpAt', width: 168, render: (customer) => <NextFollowUp value={customer.nextFollowUpAt} /> },
    ...ownColumns,
    { key: 'updated', title: t('field.updatedAt'), sort: 'updatedAt', width: 120, render: (customer) => <DateText value={customer.updatedAt} as="relative" /> },
  ];
  const create = can('customers.create') ? <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate({ to: '/customers/new' })}>{t('create')}</Button> : null;
  const clear = () => { setText(''); setState({ q: undefined, lifecycle: undefined, tier: undefined, owner: undefined, tag: undefined, due: undefined, archived: undefined, soon: undefined, segment: undefined, own: undefined }); };

  return (
    <>
      <PageHeader title={t('title')} extra={<>{can('customers.claim') ? <Link to="/pool"><Button>{t('pool.title')}</Button></Link> : null}<QualityMenu /><PickButton selection={selection} /><BulkJobs resource="customers" open={showJobs} onOpen={setShowJobs} /><ExportButton resource="customers" params={params} selection={selection} />{create}</>}>
        <FilterBar
          active={active} onClear={clear}
          filters={<>
            <Select mode="multiple" maxTagCount="responsive" allowClear placeholder={t('field.lifecycle')} aria-label={t('filterBy', { field: t('field.lifecycle') })} options={choices.lifecycles} value={state.lifecycle ?? []} onChange={(lifecycle) => setState({ lifecycle })} />
            <Select mode="multiple" maxTagCount="responsive" allowClear placeholder={t('field.tier')} aria-label={t('filterBy', { field: t('field.tier') })} options={choices.tiers} value={state.tier ?? []} onChange={(tier) => setState({ tier })} />
            <UserSelect placeholder={t('field.ownerId')} aria-label={t('filterBy', { field: t('field.ownerId') })} value={state.owner === 'me' ? user.id : state.owner} onChange={(owner) => setState({ owner })} />
            <Select mode="tags" maxTagCount="responsive" allowClear placeholder={t('field.tags')} aria-label={t('filterBy', { field: t('field.tags') })} options={choices.tags} value={state.tag ?? []} onChange={(tag) => setState({ tag })} />
            <Select
              allowClear placeholder={t('field.nextFollowUpAt')} aria-label={t('filterBy', { field: t('field.nextFollowUpAt') })} value={state.due}
              options={[{ value: 'overdue', label: t('due.overdue') }, { value: 'week', label: t('due.week') }, { value: 'none', label: t('due.none') }]} onChange={(due) => setState({ due })}
            />
            <SegmentTools segment={state.segment} filter={customerListParams({ ...state, segment: undefined }, user.id).filter} onChange={(segment) => setState({ segment })} onOpen={(segment) => { setText(''); setState({ q: undefined, lifecycle: undefined, tier: undefined, owner: undefined, tag: undefined, due: undefined, archived: undefined, segment }); }} />
            {own.length > 0 ? <CustomFilter fields={own} own={state.own} cols={state.cols} onChange={setState} /> : null}
            <Checkbox checked={state.archived ?? false} onChange={(event) => setState({ archived: event.target.checked || undefined })}>{t('archivedOnly')}</Checkbox>
            <Checkbox checked={state.soon ?? false} onChange={(event) => setState({ soon: event.target.checked || undefined })}>{t('pool.soon')}</Checkbox>
            {phone ? (
              <Select
                allowClear placeholder={t('sortBy')} aria-label={t('sortBy')} value={state.sort} onChange={(sort) => setState({ sort })}
                options={columns.filter((column) => column.sort).flatMap((column) => [{ value: column.sort!, label: `${column.title} ↑` }, { value: `-${column.sort}`, label: `${column.title} ↓` }])}
              />
            ) : null}
          </>}
        >
          <Segmented
            aria-label={t('views')} value={view(state)}
            options={[{ value: 'all', label: t('view.all') }, { value: 'mine', label: t('view.mine') }, { value: 'due', label: t('view.due') }]}
            onChange={(next) => setState({ owner: next === 'all' ? undefined : 'me', due: next === 'due' ? 'overdue' : undefined })}
          />
          <Input
            ref={search} className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox"
            placeholder={t('searchHint')} aria-label={t('search')} onChange={(event) => setText(event.target.value)}
          />
        </FilterBar>
      </PageHeader>
      <SelectionBar resource="customers" params={params} selection={selection} hasMore={query.hasNextPage} without={[state.archived ? 'archive' : 'restore']} onStarted={() => setShowJobs(true)} />
      <DataList<Customer>
        label={t('listLabel')} query={query} selection={selection} rowName={(customer) => customer.name} rowKey={(customer) => customer.id} columns={columns} onOpen={open} sort={state.sort} onSort={(sort) => setState({ sort })}
        card={(customer) => (
          <div className="customer-card">
            <Link to="/customers/$id" params={{ id: customer.id }} className="customer-card__name"><KindIcon value={customer.kind} />{customer.name}</Link>
            <span><TierMark value={customer.tier} /> <LifecycleMark value={customer.lifecycle} /></span>
            <div className="customer-card__line"><span>{customer.ownerName ?? t('nobody')}</span>{customer.industry ? <span>{customer.industry}</span> : null}<NextFollowUp value={customer.nextFollowUpAt} /><RecycleMark value={customer.recycleOn} /></div>
            {customer.tags?.length ? <div className="customer-card__line"><Tags values={customer.tags} /></div> : null}
          </div>
        )}
        empty={filtered
          ? <EmptyState title={t('noMatch')} description={t('noMatchText')} action={<Button onClick={clear}>{t('common:filter.clear')}</Button>} />
          : <EmptyState title={t('none')} description={t('noneText')} action={create} />}
      />
    </>
  );
};
