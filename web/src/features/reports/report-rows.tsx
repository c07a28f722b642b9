import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { DateText, MoneyText } from '@/components/values';
import type { ReportRow } from '@/lib/api-types';
import { formatDate, formatInstant, formatNumber } from '@/lib/format';
import { useList } from '@/lib/lists';
import { usePipelines } from '@/lib/pipelines';
import { useLocale } from '@/lib/session';
import './reports.css';

const names = ['figure', 'stage', 'from', 'to', 'asOf', 'basis', 'ownerId', 'departmentId', 'pipelineId', 'currency'] as const;
const reports = ['funnel', 'conversion', 'key-figures'];

/** The rows a figure is made of, pinned to the instant the figure was read. */
export const ReportRowsPage = () => {
  const { t, i18n } = useTranslation('reports');
  const { locale, timeZone } = useLocale();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const params: Partial<Record<(typeof names)[number], string>> = Object.fromEntries(names.flatMap((name) => (search[name] === undefined ? [] : [[name, String(search[name])]])));
  const report = reports.find((name) => name === search.report) ?? 'funnel';
  const query = useList<ReportRow>(`reports/${report}/rows`, { ...params, count: 'exact' });
  const pipelines = usePipelines();
  const stages = new Map(pipelines.data?.filter((pipeline) => !params.pipelineId || pipeline.id === params.pipelineId).flatMap((pipeline) => pipeline.stages.map((stage) => [stage.code, i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name] as const)));
  const stageName = (code: string | undefined) => (code ? (stages.get(code) ?? code) : '');
  const rated = params.figure === 'ratings';
  const entries = ['entered', 'advanced', 'left', 'lost', 'waiting'].includes(params.figure ?? '');
  const total = query.data?.pages[0]?.count;
  const customer = (row: ReportRow) => (row.customerId && row.customerName ? <Link to="/customers/$id" params={{ id: row.customerId }}>{row.customerName}</Link> : <span className="muted">—</span>);
  const link = (row: ReportRow) => (rated ? <Link to="/tickets/$id" params={{ id: row.id }}>{row.number} {row.name}</Link> : <Link to="/opportunities/$id" params={{ id: row.id }}>{row.name}</Link>);
  const columns: Column<ReportRow>[] = [
    { key: 'name', title: t(rated ? 'row.ticket' : 'row.opportunity'), width: 280, render: link },
    { key: 'customer', title: t('row.customer'), width: 200, render: customer },
    { key: 'owner', title: t(rated ? 'row.agent' : 'owner'), width: 120, render: (row) => row.ownerName ?? <span className="muted">—</span> },
    ...(rated ? [
      { key: 'score', title: t('row.score'), width: 80, align: 'right', render: (row) => <span className="number">{row.score}</span> },
      { key: 'ratedAt', title: t('row.ratedAt'), width: 120, render: (row) => <DateText value={row.ratedAt} /> },
    ] satisfies Column<ReportRow>[] : [
      { key: 'stage', title: t('column.stage'), width: 110, render: (row) => stageName(row.stage) },
      { key: 'amount', title: t('column.amount'), width: 120, align: 'right', render: (row) => <MoneyText value={row.amount} /> },
      { key: 'opened', title: t('row.openedAt'), width: 110, render: (row) => <DateText value={row.openedAt} /> },
      { key: 'entered', title: t('row.enteredAt'), width: 110, render: (row) => <DateText value={row.enteredAt} /> },
      ...(entries ? [{ key: 'left', title: t('row.leftAt'), width: 110, render: (row) => <DateText value={row.leftAt} /> }] satisfies Column<ReportRow>[] : []),
      { key: 'days', title: t(params.figure === 'won' ? 'row.cycle' : 'row.days'), width: 90, align: 'right', render: (row) => <span className="number">{formatNumber(row.days ?? 0, locale, { maximumFractionDigits: 1 })}</span> },
    ] satisfies Column<ReportRow>[]),
  ];
  const days = [params.from ? formatDate(params.from, locale, timeZone) : t('rows.beginning'), params.to ? formatDate(params.to, locale, timeZone) : ''].join(' – ');
  return (
    <>
      <PageHeader
        title={`${t(`figure.${params.figure ?? 'count'}`)}${params.stage ? ` · ${stageName(params.stage)}` : ''}`}
        note={<>{total === undefined ? '' : t('rows.count', { count: total })} · {params.figure === 'count' ? '' : `${days} · `}{params.asOf ? t(params.basis === 'recorded' ? 'rows.known' : 'rows.true', { at: formatInstant(params.asOf, locale, timeZone) }) : ''}</>}
      />
      <DataList<ReportRow>
        label={t('rows.label')} query={query} rowKey={(row) => `${row.id}${row.enteredAt ?? ''}${row.stage ?? ''}`} columns={columns}
        onOpen={(row) => void navigate({ to: rated ? '/tickets/$id' : '/opportunities/$id', params: { id: row.id } })}
        card={(row) => <div className="row-card">{link(row)}<div className="row-card__line"><span>{row.customerName ?? ''}</span><span>{row.ownerName ?? ''}</span>{rated ? <b className="number">{row.score}</b> : <><span>{stageName(row.stage)}</span><MoneyText value={row.amount} /></>}</div></div>}
        empty={<EmptyState title={t('rows.none')} />}
      />
    </>
  );
};
