import { CheckCircleFilled, CloseCircleFilled, WarningFilled } from '@ant-design/icons';
import { Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { formatNumber } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useHealth, useLive, useLiveRows } from './live';
import { Sparkline, useTrail } from './sparkline';
import type { Figures, Health, NodeStatus } from './types';
import { bytesText, rateText, spanText } from './words';

const Tile = ({ name, value, at, shown, note, bad = false }: { name: string; value?: number; at: number; shown: ReactNode; note?: ReactNode; bad?: boolean }) => {
  const { t } = useTranslation('operations');
  const trail = useTrail(value, at);
  return (
    <section className="operations-tile" aria-label={t(`figure.${name}`)} data-bad={bad}>
      <h3>{t(`figure.${name}`)}</h3>
      <p className="operations-tile__value number">{shown}</p>
      <p className="operations-tile__note muted number">{note ?? '\u00a0'}</p>
      <Sparkline values={trail} />
    </section>
  );
};

const Tiles = () => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  const { data, error, dataUpdatedAt: at, refetch } = useLive<Figures>('operations/figures');
  const number = (value: number) => formatNumber(value, locale);
  if (!data) return error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : <Skeleton active paragraph={{ rows: 4 }} />;
  const behind = data.highestSequence - data.highWaterMark;
  return (
    <>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <div className="operations-tiles">
        <Tile name="append" at={at} value={data.appendPerSecond} shown={rateText(data.appendPerSecond, locale)} note={t('figure.eventsTotal', { count: data.eventsTotal, total: number(data.eventsTotal) })} />
        <Tile name="requests" at={at} value={data.requestsPerSecond} shown={rateText(data.requestsPerSecond, locale)} note={t('figure.perNode')} />
        <Tile
          name="p95" at={at} value={data.p95Milliseconds ?? undefined} bad={(data.p95Milliseconds ?? 0) > 1000}
          shown={typeof data.p95Milliseconds === 'number' ? spanText(data.p95Milliseconds / 1000, locale) : '—'} note={t('figure.perNode')}
        />
        <Tile name="conflicts" at={at} value={data.conflictsPerMinute} shown={rateText(data.conflictsPerMinute, locale)} note={t('figure.perNode')} />
        <Tile
          name="highWater" at={at} value={behind} bad={data.highWaterHeldSeconds > 10} shown={number(data.highWaterMark)}
          note={data.highWaterHeldSeconds > 0 ? t('figure.held', { time: spanText(data.highWaterHeldSeconds, locale) }) : behind > 0 ? t('figure.behind', { total: number(behind) }) : t('figure.notHeld')}
        />
        <Tile name="outbox" at={at} value={data.outboxOldestSeconds} bad={data.outboxOldestSeconds > 60} shown={data.outboxOldestSeconds > 0 ? spanText(data.outboxOldestSeconds, locale) : t('figure.nothingDue')} note={t('figure.deadLetters', { count: data.deadLetters })} />
        <Tile
          name="pool" at={at} value={data.pool.used} bad={data.pool.max > 0 && data.pool.used >= data.pool.max * 0.9} shown={`${number(data.pool.used)} / ${number(data.pool.max)}`}
          note={t('figure.idle', { count: data.pool.idle })}
        />
        <Tile name="database" at={at} value={data.databaseBytes} shown={bytesText(data.databaseBytes, locale)} />
      </div>
    </>
  );
};

const marks: Record<Health, ReactNode> = { healthy: <CheckCircleFilled />, degraded: <WarningFilled />, unhealthy: <CloseCircleFilled /> };

const Checks = () => {
  const { t, i18n } = useTranslation('operations');
  const { data, error, refetch } = useHealth();
  return (
    <section className="operations-panel" aria-label={t('health.title')}>
      <h2>{t('health.title')}</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <ul className="operations-checks">
          {Object.entries(data.checks).map(([name, check]) => (
            <li key={name} data-health={check.status}>
              <span aria-hidden="true">{marks[check.status]}</span>
              <b>{i18n.exists(`operations:health.check.${name}`) ? t(`health.check.${name}`) : name}</b>
              <span>{t(`health.${check.status}`)}</span>
              {check.description && check.status !== 'healthy' ? <span className="muted operations-checks__more">{check.description}</span> : null}
            </li>
          ))}
        </ul>
      ) : error ? null : <Skeleton active title={false} />}
    </section>
  );
};

const Nodes = () => {
  const { t } = useTranslation('operations');
  const { rows, error, isPending, refetch } = useLiveRows<NodeStatus>('operations/nodes');
  return (
    <section className="operations-panel" aria-label={t('nodes.title')}>
      <h2>{t('nodes.title')}</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {isPending && !error ? <Skeleton active title={false} /> : null}
      <ul className="operations-nodes">
        {rows.map((node) => (
          <li key={node.name}>
            <p><b>{node.name}</b> <span className="muted">{t('nodes.since')} <DateText value={node.startedAt} as="relative" /> · {t('nodes.connections', { count: node.connections })}</span></p>
            {node.leads.length > 0 ? (
              <details>
                <summary>{t('nodes.leads', { count: node.leads.length })}</summary>
                <ul className="operations-names">{node.leads.map((name) => <li key={name}><code>{name}</code></li>)}</ul>
              </details>
            ) : <p className="muted">{t('nodes.leadsNothing')}</p>}
          </li>
        ))}
      </ul>
      {!isPending && !error && rows.length === 0 ? <p className="muted">{t('nodes.none')}</p> : null}
    </section>
  );
};

/** How everything is, at a glance. */
export const Overview = () => (
  <div className="operations-overview">
    <Tiles />
    <div className="operations-pair"><Checks /><Nodes /></div>
  </div>
);
