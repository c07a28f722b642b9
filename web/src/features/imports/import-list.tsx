import { InboxOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { ImportJob } from '@/lib/api-types';
import { post } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { SavedMappings } from './saved-mappings';
import { StatusMark } from './status-mark';
import './imports.css';

/** Every import there was, and the place to drop the next file. */
export const ImportListPage = () => {
  const { t } = useTranslation('imports');
  const can = useCan();
  const navigate = useNavigate();
  const client = useQueryClient();
  const query = useList<ImportJob>('imports', { sort: '-createdAt' });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const upload = async (file: File) => {
    setBusy(true);
    setError(undefined);
    try {
      const form = new FormData();
      form.append('file', file, file.name);
      const job = await post<ImportJob>('imports', form);
      void client.invalidateQueries({ queryKey: ['imports'] });
      await navigate({ to: '/imports/$id', params: { id: job.id } });
    } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  const columns: Column<ImportJob>[] = [
    { key: 'file', title: t('field.fileName'), width: 300, render: (job) => <Link to="/imports/$id" params={{ id: job.id }}>{job.fileName}</Link> },
    { key: 'target', title: t('field.target'), width: 120, render: (job) => (job.target ? t(`target.${job.target}`, { defaultValue: job.target }) : <span className="muted">—</span>) },
    { key: 'status', title: t('field.status'), width: 120, render: (job) => <StatusMark status={job.status} /> },
    { key: 'rows', title: t('field.rows'), width: 90, align: 'right', render: (job) => <span className="number">{job.format.rows.toLocaleString()}</span> },
    { key: 'at', title: t('field.createdAt'), width: 140, sort: 'createdAt', render: (job) => <DateText value={job.createdAt} as="instant" /> },
  ];
  return (
    <>
      <PageHeader title={t('title')} note={t('note')} />
      {can('imports.create') ? (
        <div className="import-drop">
          <Upload.Dragger accept=".csv,.tsv,.txt,.xlsx" showUploadList={false} disabled={busy} beforeUpload={(file) => { void upload(file); return false; }} aria-label={t('drop')}>
            <p className="import-drop__icon"><InboxOutlined aria-hidden="true" /></p>
            <p><b>{busy ? t('reading') : t('drop')}</b></p>
            <p className="muted">{t('dropText')}</p>
          </Upload.Dragger>
          <ProblemAlert error={error} />
          <SavedMappings />
        </div>
      ) : null}
      <DataList<ImportJob>
        label={t('listLabel')} query={query} rowKey={(job) => job.id} columns={columns} onOpen={(job) => void navigate({ to: '/imports/$id', params: { id: job.id } })}
        card={(job) => (
          <div className="import-card">
            <Link to="/imports/$id" params={{ id: job.id }}>{job.fileName}</Link><StatusMark status={job.status} />
            <span className="muted">{t('rowsOf', { count: job.format.rows })} · <DateText value={job.createdAt} as="relative" /></span>
          </div>
        )}
        empty={<EmptyState title={t('none')} description={t('noneText')} />}
      />
    </>
  );
};
