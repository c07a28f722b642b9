import { Button, Drawer, Popconfirm, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { formatNumber } from '@/lib/format';
import { useCan, useLocale } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { useUsers } from '@/lib/users';
import { useLiveRows } from './live';
import { ReasonDialog, type Intervention } from './reason-dialog';
import type { ProjectionStatus, Rebuild, SkippedEvent } from './types';
import { rateText, spanText } from './words';

const search = z.object({ projection: z.catch(z.optional(z.string()), undefined) });
const runs = (rebuild: Rebuild | null | undefined) => rebuild !== null && rebuild !== undefined && ['loading', 'catchingUp', 'switching'].includes(rebuild.state);
const percent = ({ done, total, state }: Rebuild) => (state === 'done' ? 100 : total > 0 ? Math.min(100, Math.floor((done / total) * 1000) / 10) : 0);

const StateMark = ({ state }: { state: string }) => {
  const { t } = useTranslation('operations');
  return <span className="operations-state" data-state={state}>{t(`state.${state}`)}</span>;
};

/** Who did it: a person, or the program itself. */
const Actor = ({ id }: { id: string }) => {
  const { t } = useTranslation('operations');
  const users = useUsers();
  return <>{id === 'daemon' ? t('common:system') : (users.data?.find((user) => user.id === id)?.displayName ?? id)}</>;
};

/** Done of total, how fast and how long still. */
const RebuildProgress = ({ rebuild, name, brief = false }: { rebuild: Rebuild; name: string; brief?: boolean }) => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  const rest = [
    rebuild.ratePerSecond ? t('rebuild.rate', { rate: rateText(rebuild.ratePerSecond, locale) }) : undefined,
    typeof rebuild.remainingSeconds === 'number' ? t('rebuild.remaining', { time: spanText(rebuild.remainingSeconds, locale) }) : undefined,
  ].filter(Boolean).join(' · ');
  if (brief) return (
    <span className="operations-rebuild operations-rebuild--brief" role="status">
      <Progress percent={percent(rebuild)} size="small" aria-label={t('rebuild.of', { name })} /><span className="muted number">{rest}</span>
    </span>
  );
  return (
    <div className="operations-rebuild" role="status">
      <p><b>{t(`rebuild.state.${rebuild.state}`)}</b> <span className="muted number">{t('rebuild.done', { done: number(rebuild.done), total: number(rebuild.total) })}{rest ? ` · ${rest}` : ''}</span></p>
      <Progress percent={percent(rebuild)} aria-label={t('rebuild.of', { name })} status={rebuild.state === 'failed' ? 'exception' : rebuild.state === 'done' ? 'success' : 'normal'} />
      <p className="muted">{t('rebuild.started')} <DateText value={rebuild.startedAt} as="instant" /> · <Actor id={rebuild.startedBy} />{rebuild.reason ? ` · ${rebuild.reason}` : ''}</p>
      {rebuild.error ? <p className="operations-error">{rebuild.failedSequence ? <span className="number">#{rebuild.failedSequence} </span> : null}{rebuild.error}</p> : null}
    </div>
  );
};

/** What may be done about a projection. */
const Actions = ({ projection, onIntervene }: { projection: ProjectionStatus; onIntervene: (intervention: Intervention) => void }) => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  if (!can('operations.change')) return null;
  const { name, failedEvent } = projection;
  const stop = failedEvent ?? (projection.rebuild?.state === 'failed' && projection.rebuild.failedSequence ? { sequence: projection.rebuild.failedSequence, type: t('skip.anyEvent') } : undefined);
  const path = `operations/projections/${name}`;
  const rebuild = () => onIntervene({ title: t('rebuild.title', { name }), text: t('rebuild.text'), ok: t('rebuild.start'), command: { path: `${path}/rebuild`, done: t('rebuild.begun') } });
  const skip = () => {
    if (!stop) return;
    onIntervene({
      title: t('skip.title', { sequence: stop.sequence }), text: t('skip.text', { name, type: stop.type, sequence: stop.sequence }), ok: t('skip.ok'), danger: true,
      command: { path: `${path}/skip`, body: { sequence: stop.sequence }, done: t('skip.done') },
    });
  };
  return (
    <>
      <span className="operations-actions">
        {projection.state === 'paused' ? <Button size="small" type="primary" loading={busy} onClick={() => void execute({ path: `${path}/retry`, done: t('retryDone') })}>{t('retry')}</Button> : null}
        {stop ? <Button size="small" danger onClick={skip}>{t('skip.button')}</Button> : null}
        {runs(projection.rebuild) ? (
          <Popconfirm title={t('rebuild.cancelAsk')} okText={t('rebuild.cancel')} cancelText={t('rebuild.goOn')} onConfirm={() => void execute({ path: `${path}/rebuild/cancel`, done: t('rebuild.cancelled') })}>
            <Button size="small" loading={busy} disabled={projection.rebuild?.state === 'switching'}>{t('rebuild.cancel')}</Button>
          </Popconfirm>
        ) : projection.lifecycle === 'subscription' ? null : <Button size="small" onClick={rebuild}>{t('rebuild.button')}</Button>}
      </span>
      <ProblemAlert error={error} />
    </>
  );
};

const Skipped = ({ projection }: { projection: string }) => {
  const { t } = useTranslation('operations');
  const { rows, error, refetch } = useLiveRows<SkippedEvent>('operations/skipped-events', { projection });
  return (
    <section>
      <h3>{t('skipped')}</h3>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ul className="operations-skipped">
        {rows.map((each) => (
          <li key={each.sequence}>
            <span className="number">#{each.sequence}</span> {each.type ? <code>{each.type}</code> : null}
            <p>{each.reason}</p>
            <p className="muted"><Actor id={each.skippedBy} /> · <DateText value={each.skippedAt} as="instant" /></p>
          </li>
        ))}
      </ul>
    </section>
  );
};

const Details = ({ projection, onIntervene }: { projection: ProjectionStatus; onIntervene: (intervention: Intervention) => void }) => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  const { failedEvent } = projection;
  return (
    <div className="operations-details">
      <Actions projection={projection} onIntervene={onIntervene} />
      {projection.error || failedEvent ? (
        <section className="operations-failure" role="alert">
          <h3>{t('failure')}</h3>
          {failedEvent ? <p><span className="number">#{failedEvent.sequence}</span> <code>{failedEvent.type}</code> · <DateText value={failedEvent.at} as="instant" /><br /><span className="muted">{t('stream')} <code>{failedEvent.streamId}</code></span></p> : null}
          {projection.error ? <p className="operations-error">{projection.error}</p> : null}
        </section>
      ) : null}
      {projection.rebuild ? <RebuildProgress rebuild={projection.rebuild} name={projection.name} /> : null}
      <dl className="operations-facts">
        <div><dt>{t('column.state')}</dt><dd><StateMark state={projection.state} /></dd></div>
        <div><dt>{t('column.lifecycle')}</dt><dd>{t(`lifecycle.${projection.lifecycle}`)}</dd></div>
        <div><dt>{t('column.version')}</dt><dd className="number">{projection.version}</dd></div>
        <div><dt>{t('column.position')}</dt><dd className="number">{formatNumber(projection.position, locale)}</dd></div>
        <div><dt>{t('column.lag')}</dt><dd className="number"><Lag projection={projection} /></dd></div>
      </dl>
      {projection.skipped > 0 ? <Skipped projection={projection.name} /> : null}
    </div>
  );
};

const Lag = ({ projection }: { projection: ProjectionStatus }) => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  if (projection.lag === 0) return <span className="muted">{t('upToDate')}</span>;
  return <span className="number">{t('lag', { count: projection.lag, total: formatNumber(projection.lag, locale), time: spanText(projection.lagSeconds, locale) })}</span>;
};

/** Every projection and subscription, how far it is, and what can be done about it. */
export const Projections = () => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  const [state, setState] = useUrlState(search);
  const [intervention, setIntervention] = useState<Intervention>();
  const live = useLiveRows<ProjectionStatus>('operations/projections');
  // What can stand still or lag comes first.
  const rank = (each: ProjectionStatus) => (each.state === 'paused' ? 0 : each.lifecycle === 'async' ? 1 : 2);
  const query = { ...live, rows: [...live.rows].sort((a, b) => rank(a) - rank(b)) };
  const open = query.rows.find((each) => each.name === state.projection);
  const name = (each: ProjectionStatus) => <button type="button" className="operations-link" onClick={() => setState({ projection: each.name })}><code>{each.name}</code></button>;
  const progress = (each: ProjectionStatus) =>
    runs(each.rebuild) ? <RebuildProgress rebuild={each.rebuild!} name={each.name} brief />
      : each.state === 'paused' ? <span className="operations-error" title={each.error ?? undefined}>{each.failedEvent ? `#${each.failedEvent.sequence} ${each.failedEvent.type}` : each.error}</span>
        : <Lag projection={each} />;
  const columns: Column<ProjectionStatus>[] = [
    { key: 'name', title: t('column.projection'), width: 220, render: name },
    { key: 'state', title: t('column.state'), width: 100, render: (each) => <StateMark state={each.state} /> },
    { key: 'progress', title: t('column.progress'), width: 280, render: progress },
    { key: 'position', title: t('column.position'), width: 100, align: 'right', render: (each) => <span className="number">{formatNumber(each.position, locale)}</span> },
    { key: 'lifecycle', title: t('column.lifecycle'), width: 120, render: (each) => t(`lifecycle.${each.lifecycle}`) },
    { key: 'skipped', title: t('column.skipped'), width: 80, align: 'right', render: (each) => (each.skipped > 0 ? <span className="number">{formatNumber(each.skipped, locale)}</span> : <span className="muted">—</span>) },
    { key: 'actions', title: t('column.actions'), width: 240, render: (each) => <Actions projection={each} onIntervene={setIntervention} /> },
  ];
  return (
    <>
      <DataList<ProjectionStatus>
        label={t('projections')} query={query} rowKey={(each) => each.name} columns={columns} onOpen={(each) => setState({ projection: each.name })}
        empty={<EmptyState title={t('noProjections')} />}
        card={(each) => <div className="operations-card"><span>{name(each)}</span><StateMark state={each.state} /><div className="operations-card__wide">{progress(each)}</div></div>}
      />
      <Drawer open={open !== undefined} title={open ? <code>{open.name}</code> : null} size={520} onClose={() => setState({ projection: undefined })} destroyOnHidden>
        {open ? <Details projection={open} onIntervene={setIntervention} /> : null}
      </Drawer>
      {intervention ? <ReasonDialog intervention={intervention} onClose={() => setIntervention(undefined)} /> : null}
    </>
  );
};
