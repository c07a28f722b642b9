import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Segmented, Select, type InputRef } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
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
import type { Clock, Ticket } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { useCustomFields } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { useCan, useSession } from '@/lib/session';
import { useShortcut } from '@/lib/shortcuts';
import { useUrlState } from '@/lib/url-state';
import { ticketListParams, ticketListState } from './list-state';
import { ClockMark, findClock, PriorityMark, StatusMark } from './marks';
import { useTicketChoices } from './words';

const ClockCell = ({ ticket, name }: { ticket: Ticket; name: Clock['name'] }) => {
  const clock = findClock(ticket, name);
  return clock ? <ClockMark clock={clock} /> : <span className="muted">—</span>;
};

/** The queue: what is open, how long is left, who has it. */
export const TicketListPage = () => {
  const { t } = useTranslation('tickets');
  const { user } = useSession();
  const can = useCan();
  const navigate = useNavigate();
  const choices = useTicketChoices();
  const [state, setState] = useUrlState(ticketListState);
  const [text, setText] = useState(state.q ?? '');
  const settled = useDebounced(text, 250);
  const search = useRef<InputRef>(null);
  useEffect(() => { if ((state.q ?? '') !== settled) setState({ q: settled || undefined }); }, [settled]); // eslint-disable-line react-hooks/exhaustive-deps -- follows typing only, not the address
  useShortcut('/', t('focusSearch'), useCallback(() => search.current?.focus(), []));

  const params = ticketListParams(state, user.id);
  const own = useCustomFields('tickets');
  const ownColumns = useCustomColumns<Ticket>('tickets', state.cols);
  const query = useList<Ticket>('tickets', params);
  const selection = useSelection('tickets', params, query.rows);
  const active = [state.q, state.status, state.priority, state.assignee, state.clock, state.view, state.customer, ...Object.keys(state.own ?? {})].filter(Boolean).length;
  const filtered = active > 0;
  const clear = () => { setText(''); setState({ q: undefined, status: undefined, priority: undefined, assignee: undefined, clock: undefined, view: undefined, customer: undefined, own: undefined }); };
  const columns: Column<Ticket>[] = [
    { key: 'subject', title: t('field.subject'), width: 270, render: (ticket) => <Link to="/tickets/$id" params={{ id: ticket.id }}>{ticket.subject}</Link> },
    { key: 'number', title: t('field.number'), sort: 'number', width: 110, render: (ticket) => <span className="number muted">{ticket.number}</span> },
    { key: 'status', title: t('field.status'), width: 116, render: (ticket) => <StatusMark value={ticket.status} /> },
    { key: 'priority', title: t('field.priority'), sort: 'priorityRank', width: 104, render: (ticket) => <PriorityMark value={ticket.priority} /> },
    { key: 'first', title: t('clock.firstResponse'), width: 150, render: (ticket) => <ClockCell ticket={ticket} name="firstResponse" /> },
    { key: 'solution', title: t('clock.solution'), sort: 'dueAt', width: 160, render: (ticket) => <ClockCell ticket={ticket} name="solution" /> },
    { key: 'customer', title: t('field.customerId'), width: 230, render: (ticket) => (ticket.customerId && ticket.customerName ? <Link to="/customers/$id" params={{ id: ticket.customerId }}>{ticket.customerName}</Link> : <span className="muted">—</span>) },
    { key: 'assignee', title: t('field.assigneeId'), width: 110, render: (ticket) => ticket.assigneeName ?? <span className="muted">{t('unassigned')}</span> },
    ...ownColumns,
    { key: 'created', title: t('field.openedAt'), sort: 'openedAt', width: 118, render: (ticket) => <DateText value={ticket.openedAt ?? ticket.createdAt} as="relative" /> },
  ];
  const create = can('tickets.create') ? <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate({ to: '/tickets/new' })}>{t('create')}</Button> : null;

  return (
    <>
      <PageHeader title={t('title')} extra={<><a href="/form" target="_blank" rel="noreferrer">{t('publicForm')}</a><PickButton selection={selection} /><ExportButton resource="tickets" params={params} selection={selection} />{create}</>}>
        <FilterBar
          active={active} onClear={clear}
          filters={<>
            <Select mode="multiple" maxTagCount="responsive" allowClear placeholder={t('field.status')} aria-label={t('filterBy', { field: t('field.status') })} options={choices.statuses} value={state.status ?? []} onChange={(status) => setState({ status: status.length ? status : undefined })} />
            <Select mode="multiple" maxTagCount="responsive" allowClear placeholder={t('field.priority')} aria-label={t('filterBy', { field: t('field.priority') })} options={choices.priorities} value={state.priority ?? []} onChange={(priority) => setState({ priority })} />
            <UserSelect placeholder={t('field.assigneeId')} aria-label={t('filterBy', { field: t('field.assigneeId') })} value={state.assignee} onChange={(assignee) => setState({ assignee, view: state.view === 'all' ? 'all' : undefined })} />
            <Select
              allowClear placeholder={t('clocks')} aria-label={t('filterBy', { field: t('clocks') })} value={state.clock} onChange={(clock) => setState({ clock })}
              options={[{ value: 'overdue', label: t('clock.overdueNow') }, { value: 'breached', label: t('clock.breachedEver') }]}
            />
            {own.length > 0 ? <CustomFilter fields={own} own={state.own} cols={state.cols} onChange={setState} /> : null}
          </>}
        >
          <Segmented
            aria-label={t('views')} value={state.view ?? 'open'}
            options={[{ value: 'open', label: t('view.open') }, { value: 'unassigned', label: t('view.unassigned') }, { value: 'mine', label: t('view.mine') }, { value: 'all', label: t('view.all') }]}
            onChange={(view) => setState({ view: view === 'open' ? undefined : view as 'mine', status: undefined, assignee: undefined })}
          />
          <Input
            ref={search} className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox"
            placeholder={t('searchHint')} aria-label={t('search')} onChange={(event) => setText(event.target.value)}
          />
        </FilterBar>
      </PageHeader>
      <SelectionBar resource="tickets" params={params} selection={selection} hasMore={query.hasNextPage} />
      <DataList<Ticket>
        label={t('listLabel')} query={query} selection={selection} rowName={(ticket) => ticket.subject} rowKey={(ticket) => ticket.id} columns={columns} sort={state.sort} onSort={(sort) => setState({ sort })}
        onOpen={(ticket) => void navigate({ to: '/tickets/$id', params: { id: ticket.id } })}
        card={(ticket) => (
          <div className="ticket-card">
            <Link to="/tickets/$id" params={{ id: ticket.id }} className="ticket-card__name">{ticket.subject}</Link>
            <StatusMark value={ticket.status} />
            <div className="ticket-card__line"><PriorityMark value={ticket.priority} /><span>{ticket.customerName ?? ''}</span><span>{ticket.assigneeName ?? t('unassigned')}</span></div>
            <div className="ticket-card__line">{ticket.clocks?.map((clock) => <ClockMark key={clock.name} clock={clock} named />)}</div>
          </div>
        )}
        empty={filtered
          ? <EmptyState title={t('noMatch')} action={<Button onClick={clear}>{t('common:filter.clear')}</Button>} />
          : <EmptyState title={t('none')} description={t('noneText')} action={create} />}
      />
    </>
  );
};
