import { useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { BulkJobCard } from '@/components/bulk-job';
import type { BulkJob } from '@/lib/api-types';
import { useBulkCommands, type ListResource } from '@/lib/bulk-commands';
import { useBulkJobs, works } from '@/lib/bulk-jobs';
import { useUsers } from '@/lib/users';

/** One's own jobs on the records of a list: found again whenever one comes back, with how far the running one is. Not there for who has none. */
export const BulkJobs = ({ resource, open, onOpen }: { resource: ListResource; open: boolean; onOpen: (open: boolean) => void }) => {
  const { t } = useTranslation();
  const client = useQueryClient();
  const users = useUsers();
  const path = `${resource}/bulk`;
  const jobs = useBulkJobs(path, useBulkCommands(resource).length > 0);
  const working = jobs.data?.data.find(works);
  // What a job has done is in the lists and figures when it ends.
  const before = useRef(working?.id);
  useEffect(() => {
    if (before.current && !working) for (const key of ['customers', 'opportunities', 'tickets', 'reports']) void client.invalidateQueries({ queryKey: [key] });
    before.current = working?.id;
  }, [client, working]);

  const title = (job: BulkJob) => {
    const { command, ownerId, tag } = job.parameters;
    const name = ownerId ? users.data?.find((user) => user.id === ownerId)?.displayName ?? '…' : undefined;
    return t(`bulk.did.${command}`, { name, tag });
  };
  if (!jobs.data?.data.length) return null;
  return (
    <>
      <Button onClick={() => onOpen(true)}>{working ? t('bulk.jobsWorking', { percent: Math.floor(working.progress * 100) }) : t('bulk.jobs')}</Button>
      {open ? (
        <Modal open title={t('bulk.jobs')} width={640} onCancel={() => onOpen(false)} footer={<Button onClick={() => onOpen(false)}>{t('bulk.close')}</Button>}>
          {working ? <p className="muted">{t('bulk.leave')}</p> : null}
          {jobs.data.data.map((job) => <BulkJobCard key={job.id} path={path} job={job} title={title(job)} />)}
        </Modal>
      ) : null}
    </>
  );
};
