import { DownloadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Progress } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { ExportJob } from '@/lib/api-types';
import { formatNumber } from '@/lib/format';
import { downloadAddress } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useLocale, useSession } from '@/lib/session';
import { useUsers } from '@/lib/users';
import './exports.css';

const isWorking = (job: ExportJob) => job.status === 'waiting' || job.status === 'running';

const StatusMark = ({ job }: { job: ExportJob }) => {
  const { t } = useTranslation('exports');
  return <span className="export-status" data-status={job.status}>{t(`status.${job.status}`)}</span>;
};

/** How far it is while it is being written, then the file as long as there is one. */
const FileCell = ({ job }: { job: ExportJob }) => {
  const { t } = useTranslation('exports');
  const { locale } = useLocale();
  const { user } = useSession();
  const { busy, error, execute } = useCommandState();
  const own = job.requestedBy === user.id;
  const left = job.remainingSeconds;
  if (isWorking(job)) return (
    <span className="export-file">
      <Progress percent={Math.floor(job.progress * 100)} size="small" showInfo={false} aria-label={t('progress')} />
      <span className="number nowrap" role="status">
        {typeof job.total === 'number' ? t('written', { written: formatNumber(job.written, locale), total: formatNumber(job.total, locale) }) : t('status.waiting')}
        {typeof left === 'number' ? ` · ${t('remaining', { time: left < 90 ? t('seconds', { count: left }) : t('minutes', { count: Math.round(left / 60) }) })}` : ''}
      </span>
      {own ? <Button size="small" loading={busy} onClick={() => void execute({ path: `exports/${job.id}/cancel` })}>{t('cancel')}</Button> : null}
      <ProblemAlert error={error} />
    </span>
  );
  if (job.fault) return <span className="muted">{t(`fault.${job.fault}`, { id: job.id })}</span>;
  if (!job.available) return <span className="muted">{job.status === 'completed' ? t('gone') : ''}</span>;
  if (!own) return <span className="muted">{t('others')}</span>;
  return (
    <span className="export-file">
      <Button size="small" icon={<DownloadOutlined />} href={downloadAddress(`exports/${job.id}/file`)} download>{t('download')}</Button>
      <span className="muted nowrap">{t('until')} <DateText value={job.expiresAt} /></span>
    </span>
  );
};

/** The exports one made, and for who looks after them those of others. */
export const ExportsPage = () => {
  const { t } = useTranslation('exports');
  const { locale } = useLocale();
  const client = useQueryClient();
  const users = useUsers();
  const query = useList<ExportJob>('exports', { sort: '-createdAt' });
  const working = query.rows.some(isWorking);
  useEffect(() => {
    if (!working) return undefined;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['exports', 'list'] }), 1_000);
    return () => clearInterval(timer);
  }, [client, working]);

  const nameOf = (id: string) => users.data?.find((user) => user.id === id)?.displayName ?? id;
  const columns: Column<ExportJob>[] = [
    { key: 'resource', title: t('field.resource'), width: 100, render: (job) => t(`resource.${job.resource}`) },
    { key: 'reason', title: t('field.reason'), width: 220, render: (job) => <span title={job.reason}>{job.reason}</span> },
    { key: 'format', title: t('field.format'), width: 70, render: (job) => job.format.toUpperCase() },
    { key: 'rows', title: t('field.rows'), width: 90, align: 'right', render: (job) => (typeof job.total === 'number' ? <span className="number">{formatNumber(job.total, locale)}</span> : <span className="muted">—</span>) },
    { key: 'status', title: t('field.status'), width: 90, render: (job) => <StatusMark job={job} /> },
    { key: 'file', title: t('field.file'), width: 330, render: (job) => <FileCell job={job} /> },
    { key: 'by', title: t('field.createdBy'), width: 110, render: (job) => nameOf(job.requestedBy) },
    { key: 'at', title: t('field.createdAt'), width: 140, sort: 'createdAt', render: (job) => <DateText value={job.createdAt} as="instant" /> },
  ];
  return (
    <>
      <PageHeader title={t('title')} note={t('note')} />
      <DataList<ExportJob>
        label={t('listLabel')} query={query} rowKey={(job) => job.id} columns={columns}
        card={(job) => (
          <div className="export-card">
            <span><b>{t(`resource.${job.resource}`)}</b> {job.format.toUpperCase()} <StatusMark job={job} /></span>
            <span>{job.reason}</span>
            <span className="muted">{nameOf(job.requestedBy)} · <DateText value={job.createdAt} as="instant" /></span>
            <FileCell job={job} />
          </div>
        )}
        empty={<EmptyState title={t('none')} description={t('noneText')} />}
      />
    </>
  );
};
