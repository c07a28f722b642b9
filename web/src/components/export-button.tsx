import { ExportOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '@/components/data-list';
import { useAsOf } from '@/lib/as-of';
import type { ListResource } from '@/lib/bulk-commands';
import { loadTexts } from '@/lib/i18n';
import type { ListParams } from '@/lib/lists';
import { useCan } from '@/lib/session';

const ExportDialog = lazy(async () => (await Promise.all([import('./export-dialog'), loadTexts('exports')]))[0]);

/** Exports what the list shows, or of it what is picked. Not there for who may not. */
export const ExportButton = ({ resource, params, selection }: { resource: ListResource; params: ListParams; selection?: Selection }) => {
  const { t } = useTranslation();
  const { query: past } = useAsOf();
  const [open, setOpen] = useState(false);
  const can = useCan();
  if (!can(`${resource}.export`)) return null;
  const ids = selection && selection.all === undefined && selection.keys.size > 0 ? [...selection.keys] : undefined;
  return (
    <>
      <Button icon={<ExportOutlined />} onClick={() => setOpen(true)}>{t('list.export')}</Button>
      {open ? <Suspense><ExportDialog resource={resource} list={{ q: params.q, filter: params.filter, sort: params.sort, ...past }} ids={ids} onClose={() => setOpen(false)} /></Suspense> : null}
    </>
  );
};
