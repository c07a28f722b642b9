import { Link } from '@tanstack/react-router';
import { Button, Popconfirm, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { BulkFault, BulkJob } from '@/lib/api-types';
import { useFaults, works } from '@/lib/bulk-jobs';
import { formatMinutes } from '@/lib/format';
import { useLocale } from '@/lib/session';
import './bulk.css';

const RecordLink = ({ fault }: { fault: BulkFault }) => {
  const name = fault.recordName ?? fault.recordId;
  if (fault.recordName && (fault.resource === 'customers' || fault.resource === 'plans')) return <Link to="/customers/$id" params={{ id: fault.recordId }}>{name}</Link>;
  if (fault.recordName && fault.resource === 'opportunities') return <Link to="/opportunities/$id" params={{ id: fault.recordId }}>{name}</Link>;
  if (fault.recordName && fault.resource === 'tickets') return <Link to="/tickets/$id" params={{ id: fault.recordId }}>{name}</Link>;
  return <>{name}</>;
};

interface Props {
  /** Where such jobs are, relative to the API base: `customers/bulk`. */
  path: string;
  job: BulkJob;
  /** What it does, in words. */
  title: string;
}

/** A job on many records: how far it has come, what it did, what it could not do, and the way back. */
export const BulkJobCard = ({ path, job, title }: Props) => {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { busy, error, execute } = useCommandState();
  const faults = useFaults(path, job);
  const refresh = [['customers'], ['opportunities'], ['tickets'], ['teams'], ['reports']];
  const state = job.fault === 'rights_changed' ? 'rightsChanged' : job.state;
  const left = Number(job.parameters.selected ?? job.total) - job.total;
  const parts = [
    t('bulk.doneCount', { count: job.done }),
    ...(job.refused > 0 ? [t('bulk.refusedCount', { count: job.refused })] : []),
    ...(job.undone + job.kept > 0 || job.state === 'undone' ? [t('bulk.undoneCount', { count: job.undone })] : []),
    ...(job.kept > 0 ? [t('bulk.keptCount', { count: job.kept })] : []),
  ];
  return (
    <section className="bulk-job" aria-label={title}>
      <p><b>{title}</b> · {t(`bulk.state.${state}`)} · <DateText value={job.startedAt} as="instant" /></p>
      {job.reason ? <p className="muted">{job.reason}</p> : null}
      {works(job) ? (
        <>
          <Progress percent={Math.floor(job.progress * 100)} aria-label={t('bulk.progress')} />
          <p role="status" className="muted">
            {job.state === 'undoing' ? t('bulk.undoneOf', { done: job.undone + job.kept, total: job.done }) : t('bulk.doneOf', { done: job.done + job.refused, total: job.total })}
            {typeof job.remainingSeconds !== 'number' ? '' : ` · ${job.remainingSeconds < 60 ? t('bulk.soon') : t('bulk.remaining', { time: formatMinutes(job.remainingSeconds / 60, locale) })}`}
          </p>
        </>
      ) : <p role="status">{parts.join(t('comma'))}</p>}
      {left > 0 ? <p className="warning-text">{t('bulk.outOfReach', { count: left })}</p> : null}
      {faults.data && faults.data.data.length > 0 ? (
        <ul className="bulk-job__faults" aria-label={t('bulk.faults')}>
          {faults.data.data.map((fault) => <li key={fault.position}><span className="muted">{t(`bulk.resource.${fault.resource}`)}</span> <RecordLink fault={fault} /> · {fault.message}</li>)}
          {faults.data.page.hasMore ? <li className="muted">{t('bulk.more')}</li> : null}
        </ul>
      ) : null}
      <div className="bulk-job__actions">
        {job.state === 'running' ? <Button loading={busy} onClick={() => void execute({ path: `${path}/${job.id}/cancel`, done: t('bulk.cancelled'), refresh })}>{t('bulk.cancel')}</Button> : null}
        {['done', 'cancelled', 'failed'].includes(job.state) && job.done > 0 ? (
          <Popconfirm title={t('bulk.undoAsk')} description={t('bulk.undoText')} okText={t('bulk.undo')} cancelText={t('cancel')} onConfirm={() => void execute({ path: `${path}/${job.id}/undo`, refresh })}>
            <Button danger loading={busy}>{t('bulk.undo')}</Button>
          </Popconfirm>
        ) : null}
      </div>
      <ProblemAlert error={error ?? faults.error} />
    </section>
  );
};
