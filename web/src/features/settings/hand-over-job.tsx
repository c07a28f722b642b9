import { Link } from '@tanstack/react-router';
import { Button, Popconfirm, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { BulkFault, BulkJob } from '@/lib/api-types';
import { formatMinutes } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';
import { useFaults, works } from './use-hand-over';

const RecordLink = ({ fault }: { fault: BulkFault }) => {
  const name = fault.recordName ?? fault.recordId;
  if (fault.recordName && fault.resource === 'customers') return <Link to="/customers/$id" params={{ id: fault.recordId }}>{name}</Link>;
  if (fault.recordName && fault.resource === 'opportunities') return <Link to="/opportunities/$id" params={{ id: fault.recordId }}>{name}</Link>;
  if (fault.recordName && fault.resource === 'tickets') return <Link to="/tickets/$id" params={{ id: fault.recordId }}>{name}</Link>;
  return <>{name}</>;
};

/** A hand-over: how far it has come, what it did, what it could not do, and the way back. */
export const HandOverJob = ({ userId, job }: { userId: string; job: BulkJob }) => {
  const { t } = useTranslation('settings');
  const { locale } = useLocale();
  const { busy, error, execute } = useCommandState();
  const users = useUsers().data ?? [];
  const faults = useFaults(userId, job);
  const receiver = users.find((user) => user.id === job.parameters.toUserId)?.displayName ?? '…';
  const path = `users/${userId}/hand-overs/${job.id}`;
  const refresh = [['customers'], ['opportunities'], ['tickets'], ['teams'], ['reports']];
  return (
    <section className="hand-over__job" aria-label={t('handOver.jobTo', { name: receiver })}>
      <p><b>{t('handOver.jobTo', { name: receiver })}</b> · {t(`handOver.state.${job.state}`)} · <DateText value={job.startedAt} as="instant" /></p>
      {job.reason ? <p className="muted">{job.reason}</p> : null}
      {works(job) ? (
        <>
          <Progress percent={Math.floor(job.progress * 100)} aria-label={t('handOver.progress')} />
          <p role="status" className="muted">
            {job.state === 'undoing' ? t('handOver.undoneOf', { done: job.undone + job.kept, total: job.done }) : t('handOver.doneOf', { done: job.done + job.refused, total: job.total })}
            {typeof job.remainingSeconds !== 'number' ? '' : ` · ${job.remainingSeconds < 60 ? t('handOver.soon') : t('handOver.remaining', { time: formatMinutes(job.remainingSeconds / 60, locale) })}`}
          </p>
        </>
      ) : (
        <p role="status">
          {t('handOver.doneCount', { count: job.done })}{job.refused > 0 ? t('common:comma') + t('handOver.refusedCount', { count: job.refused }) : ''}
          {job.state === 'undone' ? t('common:comma') + t('handOver.undoneCount', { count: job.undone }) + (job.kept > 0 ? t('common:comma') + t('handOver.keptCount', { count: job.kept }) : '') : ''}
        </p>
      )}
      {faults.data && faults.data.data.length > 0 ? (
        <ul className="hand-over__faults" aria-label={t('handOver.faults')}>
          {faults.data.data.map((fault) => <li key={fault.position}><span className="muted">{t(`resource.${fault.resource}`)}</span> <RecordLink fault={fault} /> · {fault.message}</li>)}
          {faults.data.page.hasMore ? <li className="muted">{t('handOver.more')}</li> : null}
        </ul>
      ) : null}
      <div className="settings__actions">
        {job.state === 'running' ? <Button loading={busy} onClick={() => void execute({ path: `${path}/cancel`, done: t('handOver.cancelled'), refresh })}>{t('handOver.cancel')}</Button> : null}
        {['done', 'cancelled', 'failed'].includes(job.state) && job.done > 0 ? (
          <Popconfirm title={t('handOver.undoAsk')} description={t('handOver.undoText')} okText={t('handOver.undo')} cancelText={t('common:cancel')} onConfirm={() => void execute({ path: `${path}/undo`, refresh })}>
            <Button danger loading={busy}>{t('handOver.undo')}</Button>
          </Popconfirm>
        ) : null}
      </div>
      <ProblemAlert error={error ?? faults.error} />
    </section>
  );
};
