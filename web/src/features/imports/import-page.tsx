import { DownloadOutlined } from '@ant-design/icons';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Button, Popconfirm, Progress, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import type { ImportJob } from '@/lib/api-types';
import { formatMinutes } from '@/lib/format';
import { downloadAddress } from '@/lib/http';
import { useCan, useLocale } from '@/lib/session';
import { MappingTable } from './mapping-table';
import { OptionsPanel } from './options-panel';
import { RowsTable } from './rows-table';
import { StatusMark } from './status-mark';
import { isWorking, useImport, useTargets } from './use-import';
import { ValuesTable } from './values-table';
import './imports.css';

const Figures = ({ job }: { job: ImportJob }) => {
  const { t } = useTranslation('imports');
  const { locale } = useLocale();
  const tense = (name: string) => (job.status === 'checked' && name !== 'rows' ? 'will' : 'did');
  return (
    <dl className="import-figures" aria-label={t('totals.label')}>
      {(['rows', 'created', 'updated', 'unchanged', 'skipped', 'warnings', 'failed'] as const).map((name) => (
        <div key={name} data-bad={name === 'failed' && job.totals[name] > 0}>
          <dt>{t(`totals.${tense(name)}.${name}`)}</dt>
          <dd className="number">{job.totals[name].toLocaleString(locale)}</dd>
        </div>
      ))}
    </dl>
  );
};

/** The steps of one import: mapping and dry run, commit with progress, result, revert. It can be left and found again at any time. */
export const ImportPage = () => {
  const { t } = useTranslation('imports');
  const { id } = useParams({ from: '/shell/imports/$id' });
  const { locale } = useLocale();
  const can = useCan();
  const { data: job, error, refetch } = useImport(id);
  const targets = useTargets();
  const { busy, error: refusal, execute } = useCommandState();
  if (error && !job) return <div style={{ padding: 20, maxWidth: 640 }}><ProblemAlert error={error} onRetry={() => void refetch()} /></div>;
  if (!job) return <div style={{ padding: 20 }} aria-busy="true"><Skeleton active paragraph={{ rows: 10 }} /></div>;

  const target = targets.data?.find((each) => each.target === job.target);
  const editable = can('imports.change') && ['uploaded', 'checked', 'checking'].includes(job.status);
  const change = (body: object) => void execute({ method: 'PATCH', path: `imports/${id}`, body });
  const command = (verb: string) => void execute({ path: `imports/${id}/${verb}` });
  const over = ['completed', 'failed', 'cancelled', 'reverted'].includes(job.status);
  return (
    <div className="import-page">
      <PageHeader
        title={job.fileName} note={<><StatusMark status={job.status} /> {t('format', { kind: job.format.kind.toUpperCase(), encoding: job.format.encoding ?? '', rows: job.format.rows.toLocaleString(locale) })}</>}
        extra={<>
          <Link to="/imports">{t('back')}</Link>
          {job.totals.failed > 0 ? <Button icon={<DownloadOutlined />} href={downloadAddress(`imports/${id}/errors.csv`)} download>{t('errors')}</Button> : null}
          {can('imports.change') && isWorking(job.status) && job.status !== 'reverting' ? <Button loading={busy} onClick={() => command('cancel')}>{t('cancel')}</Button> : null}
          {can('imports.change') && over && job.status !== 'reverted' ? (
            <Popconfirm title={t('revertAsk')} description={t('revertText', { created: job.totals.created, updated: job.totals.updated })} okText={t('revert')} cancelText={t('common:cancel')} onConfirm={() => command('revert')}>
              <Button danger loading={busy}>{t('revert')}</Button>
            </Popconfirm>
          ) : null}
          {can('imports.change') && (job.status === 'checked' || job.status === 'cancelled' || job.status === 'failed')
            ? <Button type="primary" loading={busy} disabled={job.status === 'checked' && job.totals.created + job.totals.updated === 0} onClick={() => command('commit')}>{job.status === 'checked' ? t('commit', { count: job.totals.created + job.totals.updated }) : t('goOn')}</Button> : null}
        </>}
      />
      <ProblemAlert error={refusal} />
      {job.fault ? <Alert type="error" showIcon title={job.fault.message} /> : null}
      {isWorking(job.status) ? (
        <div className="import-progress" role="status">
          <b>{t(`working.${job.status}`)}</b>
          <Progress percent={Math.round(job.progress * 1000) / 10} aria-label={t(`working.${job.status}`)} />
          <span className="muted">{t('done', { done: Math.round(job.progress * job.format.rows).toLocaleString(locale), rows: job.format.rows.toLocaleString(locale) })}{job.remainingSeconds ? ` · ${t('remaining', { time: job.remainingSeconds < 60 ? t('seconds', { count: job.remainingSeconds }) : formatMinutes(Math.ceil(job.remainingSeconds / 60), locale) })}` : ''}</span>
        </div>
      ) : null}
      {job.status === 'uploaded' ? <Alert type="info" showIcon title={t('chooseTarget')} /> : <Figures job={job} />}
      {job.revert ? <Alert type={job.revert.kept > 0 ? 'warning' : 'success'} showIcon title={t('reverted', job.revert)} /> : null}
      {job.notes.length > 0 ? (
        <section className="import-notes" aria-label={t('notes')}>
          <h2>{t('notes')}</h2>
          <ul>{job.notes.map((note, index) => <li key={`${note.code}${index}`}><span>{note.message}</span>{note.rows ? <span className="muted number">{t('rowsOf', { count: note.rows })}</span> : null}</li>)}</ul>
        </section>
      ) : null}
      {job.target ? <OptionsPanel job={job} target={target} editable={editable} onChange={change} /> : null}
      <MappingTable job={job} targets={targets.data ?? []} target={target} editable={editable} onChange={change} />
      {job.values.length > 0 ? <ValuesTable job={job} editable={editable} onChange={change} target={target} /> : null}
      {job.status === 'uploaded' || job.status === 'checking' ? null : <RowsTable job={job} target={target} />}
    </div>
  );
};
