import { DownloadOutlined, ReloadOutlined, SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input, Select, Tag } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { DateField } from '@/components/date-field';
import { EmptyState } from '@/components/empty-state';
import { FilterBar } from '@/components/filter-bar';
import { PageHeader } from '@/components/page-header';
import { UserSelect } from '@/components/selects';
import { ActorText } from '@/components/source-text';
import { DateText } from '@/components/values';
import { useDebounced } from '@/lib/debounced';
import { get } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { auditFilter, auditParams, auditState } from './list-state';
import type { Operation, Retention } from './types';
import { useAuditWords } from './words';
import './audit.css';

const OperationDrawer = lazy(() => import('./operation-drawer'));
const ExportDialog = lazy(() => import('./export-dialog'));
const RetentionDialog = lazy(() => import('./retention-dialog'));

const Log = () => {
  const { t } = useTranslation('audit');
  const can = useCan();
  const words = useAuditWords();
  const [state, setState] = useUrlState(auditState);
  const [text, setText] = useState(state.q ?? '');
  const settled = useDebounced(text, 250);
  const [dialog, setDialog] = useState<'export' | 'retention'>();
  useEffect(() => { if ((state.q ?? '') !== settled) setState({ q: settled || undefined }); }, [settled]); // eslint-disable-line react-hooks/exhaustive-deps -- follows typing only, not the address

  const query = useList<Operation>('operation-log', auditParams(state));
  const retention = useQuery({ queryKey: ['operation-log', 'retention'], queryFn: ({ signal }) => get<Retention>('operation-log/retention', {}, signal) });
  const active = [state.q, state.type, state.actor, state.resource, state.channel, state.from, state.to, state.record, state.correlation].filter(Boolean).length;
  const clear = () => {
    setText('');
    setState({ q: undefined, type: undefined, actor: undefined, resource: undefined, channel: undefined, from: undefined, to: undefined, record: undefined, correlation: undefined });
  };
  const open = (operation: Operation) => setState({ op: String(operation.sequence) });
  const event = (operation: Operation) => <button type="button" className="audit-link" onClick={() => open(operation)}>{words.event(operation.type)}</button>;
  const record = (operation: Operation) => <>{words.resource(operation.resource)}{operation.recordName ? <> · <b>{operation.recordName}</b></> : null}</>;
  const actor = (operation: Operation) => <><ActorText id={operation.actorId} name={operation.actorName} />{operation.onBehalfOf ? ` ${t('common:history.onBehalfOf', { name: operation.onBehalfOfName ?? operation.onBehalfOf })}` : ''}</>;
  const from = (operation: Operation) => [words.channel(operation.channel), operation.address, operation.device].filter(Boolean).join(' · ');
  const columns: Column<Operation>[] = [
    { key: 'at', title: t('column.at'), sort: 'at', width: 150, render: (operation) => <DateText value={operation.at} as="instant" /> },
    { key: 'actor', title: t('column.actor'), width: 140, render: actor },
    { key: 'event', title: t('column.event'), width: 160, render: event },
    { key: 'record', title: t('column.record'), width: 230, render: record },
    { key: 'from', title: t('column.from'), width: 260, render: from },
    { key: 'reason', title: t('column.reason'), width: 180, render: (operation) => operation.reason || <span className="muted">{operation.reason === '' ? t('common:history.reasonErased') : '—'}</span> },
  ];
  const kept = retention.data ? (retention.data.years ? t('kept.years', { count: retention.data.years }) : t('kept.forever')) : null;
  return (
    <>
      <PageHeader
        title={t('title')} note={kept}
        extra={<>
          <Button type="text" icon={<ReloadOutlined />} aria-label={t('refresh')} loading={query.isFetching && !query.isFetchingNextPage} onClick={() => void query.refetch()} />
          {can('operations.change') ? <Button onClick={() => setDialog('retention')}>{t('retention.title')}</Button> : null}
          <Button icon={<DownloadOutlined />} onClick={() => setDialog('export')}>{t('export.title')}</Button>
        </>}
      >
        <FilterBar
          active={active} onClear={clear}
          filters={<>
            <Select
              mode="multiple" maxTagCount="responsive" allowClear popupMatchSelectWidth={false} showSearch={{ optionFilterProp: 'label' }} placeholder={t('column.event')} aria-label={t('filterBy', { field: t('column.event') })}
              options={words.events} value={state.type ?? []} onChange={(type) => setState({ type })}
            />
            <UserSelect placeholder={t('column.actor')} aria-label={t('filterBy', { field: t('column.actor') })} value={state.actor} onChange={(next) => setState({ actor: next })} />
            <Select allowClear popupMatchSelectWidth={false} placeholder={t('column.resource')} aria-label={t('filterBy', { field: t('column.resource') })} options={words.resources} value={state.resource} onChange={(resource) => setState({ resource })} />
            <Select allowClear popupMatchSelectWidth={false} placeholder={t('column.channel')} aria-label={t('filterBy', { field: t('column.channel') })} options={words.channels} value={state.channel} onChange={(channel) => setState({ channel })} />
            <DateField aria-label={t('since')} placeholder={t('since')} value={state.from} onChange={(next) => setState({ from: next ?? undefined })} />
            <DateField aria-label={t('until')} placeholder={t('until')} value={state.to} onChange={(next) => setState({ to: next ?? undefined })} />
          </>}
        >
          <Input
            className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox"
            placeholder={t('searchHint')} aria-label={t('search')} onChange={(change) => setText(change.target.value)}
          />
          {state.record ? <Tag closable onClose={() => setState({ record: undefined })}>{t('oneRecord')}</Tag> : null}
          {state.correlation ? <Tag closable onClose={() => setState({ correlation: undefined })}>{t('oneCommand')}</Tag> : null}
        </FilterBar>
      </PageHeader>
      <DataList<Operation>
        label={t('listLabel')} query={query} rowKey={(operation) => operation.id} columns={columns} onOpen={open} sort={state.sort} onSort={(sort) => setState({ sort })}
        card={(operation) => (
          <div className="audit-card">
            <span>{event(operation)}</span><DateText value={operation.at} as="instant" />
            <span className="audit-card__wide">{record(operation)}</span>
            <span className="audit-card__wide muted">{actor(operation)} · {from(operation)}</span>
          </div>
        )}
        empty={active > 0
          ? <EmptyState title={t('noMatch')} description={t('noMatchText')} action={<Button onClick={clear}>{t('common:filter.clear')}</Button>} />
          : <EmptyState title={t('none')} />}
      />
      <Suspense fallback={null}>
        {state.op ? (
          <OperationDrawer
            sequence={state.op} onShow={(sequence) => setState({ op: String(sequence) })} onClose={() => setState({ op: undefined })}
            onNarrow={(narrowed) => { setText(''); setState({ q: undefined, type: undefined, actor: undefined, resource: undefined, channel: undefined, from: undefined, to: undefined, record: undefined, correlation: undefined, op: undefined, ...narrowed }); }}
          />
        ) : null}
        {dialog === 'export' ? <ExportDialog filter={auditFilter(state)} onClose={() => setDialog(undefined)} /> : null}
        {dialog === 'retention' && retention.data ? <RetentionDialog retention={retention.data} onClose={() => setDialog(undefined)} /> : null}
      </Suspense>
    </>
  );
};

/** The operation log for auditors: who did what, when, from where and why, with what it changed. */
export const AuditPage = () => {
  const { t } = useTranslation('audit');
  const can = useCan();
  return can('audit.view') ? <Log /> : <><PageHeader title={t('title')} /><EmptyState title={t('forbidden')} description={t('forbiddenText')} /></>;
};
