import { useNavigate } from '@tanstack/react-router';
import { Segmented, Select, Skeleton } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { AsOfBanner, AsOfProvider } from '@/components/as-of';
import { DateField } from '@/components/date-field';
import { EmptyState } from '@/components/empty-state';
import { FilterBar } from '@/components/filter-bar';
import { FunnelChart } from '@/components/funnel-chart';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import { TimeSlider } from '@/components/time-slider';
import { useAsOf } from '@/lib/as-of';
import { todayIn } from '@/lib/format';
import { useNow } from '@/lib/now';
import { usePipelines } from '@/lib/pipelines';
import { rowsSearch, useFunnel } from '@/lib/reports';
import { useLocale } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { period, presetOf, presets, reportsState, type Preset } from './reports-state';
import { StageTable } from './stage-table';
import './reports.css';

/** Stops of the time slider: the starts of the last months. */
const months = (now: number) => { const date = new Date(now); return Array.from({ length: 24 }, (_, index) => ({ at: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 23 + index, 1)).toISOString() })); };

const Content = () => {
  const { t } = useTranslation('reports');
  const navigate = useNavigate();
  const { timeZone } = useLocale();
  const now = useNow();
  const { query: past } = useAsOf();
  const [state, setState] = useUrlState(reportsState);
  const pipelines = usePipelines();
  const report = useFunnel({ ...state, ...past });
  const today = todayIn(timeZone, new Date(now));
  const open = useCallback((rows: string) => void navigate({ to: '/reports/rows', search: rowsSearch(rows) as never }), [navigate]);
  const funnel = report.data;
  return (
    <div className="reports-page">
      <PageHeader title={t('title')}>
        <FilterBar
          active={[state.ownerId, state.from ?? state.to, state.groupBy].filter(Boolean).length} onClear={() => setState({ ownerId: undefined, from: undefined, to: undefined, groupBy: undefined })}
          filters={<>
            <Select<Preset> aria-label={t('period.label')} popupMatchSelectWidth={false} placeholder={t('period.own')} value={presetOf(state.from, state.to, today)} options={presets.map((preset) => ({ value: preset, label: t(`period.${preset}`) }))} onChange={(preset) => setState({ from: undefined, to: undefined, ...period(preset, today) })} />
            <DateField aria-label={t('period.from')} placeholder={t('period.from')} value={state.from} onChange={(from) => setState({ from: from ?? undefined })} />
            <DateField aria-label={t('period.to')} placeholder={t('period.to')} value={state.to} onChange={(to) => setState({ to: to ?? undefined })} />
            <UserSelect placeholder={t('owner')} aria-label={t('owner')} value={state.ownerId} onChange={(ownerId) => setState({ ownerId })} />
          </>}
        >
          <Select aria-label={t('pipeline')} value={funnel?.pipeline?.id ?? state.pipelineId} loading={pipelines.isPending} popupMatchSelectWidth={false} style={{ minWidth: 150 }} options={(pipelines.data ?? []).map((pipeline) => ({ value: pipeline.id, label: pipeline.name }))} onChange={(pipelineId: string) => setState({ pipelineId })} />
          <Segmented
            aria-label={t('group.label')} value={state.groupBy ?? 'none'} options={(['none', 'owner', 'department', 'month'] as const).map((value) => ({ value, label: t(`group.${value}`) }))}
            onChange={(groupBy) => setState({ groupBy: groupBy === 'none' ? undefined : (groupBy as 'owner') })}
          />
        </FilterBar>
        <TimeSlider points={months(now)} label={t('slider')} />
      </PageHeader>
      <AsOfBanner />
      <div className="reports" data-updating={report.isPlaceholderData}>
        {report.error ? <ProblemAlert error={report.error} onRetry={() => void report.refetch()} /> : null}
        {!funnel && !report.error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
        {funnel && !funnel.pipeline ? <EmptyState title={t('noPipeline')} /> : null}
        {funnel?.pipeline ? (
          <>
            <section className="panel" aria-label={t('funnel')}>
              <h2>{t('funnel')}</h2>
              <div className="reports__pair"><FunnelChart stages={funnel.stages} onOpen={open} /><StageTable label={t('funnel')} stages={funnel.stages} formula={funnel.formula} /></div>
              <details className="formula">
                <summary>{t('formula')}</summary>
                <dl>{(['count', 'amount', 'entered', 'conversion', 'medianDaysInStage'] as const).map((column) => <div key={column}><dt>{t(`column.${column}`)}</dt><dd>{funnel.formula[column]}</dd></div>)}{state.groupBy ? <div><dt>{t('group.label')}</dt><dd>{funnel.formula.groups}</dd></div> : null}</dl>
              </details>
            </section>
            {funnel.groups?.map((group) => (
              <section key={group.key} className="panel" aria-label={group.name}>
                <h2>{group.name}</h2>
                <StageTable label={group.name} stages={group.stages} formula={funnel.formula} />
              </section>
            ))}
            {funnel.groups?.length === 0 ? <EmptyState title={t('noGroups')} /> : null}
          </>
        ) : null}
      </div>
    </div>
  );
};

/** The funnel of a pipeline, for any period and as it stood or was known at any instant. */
export const ReportsPage = () => <AsOfProvider><Content /></AsOfProvider>;
