import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '@/lib/api-types';
import { downloadAddress } from '@/lib/http';
import { useList } from '@/lib/lists';

const AttachmentPreview = lazy(() => import('./attachment-preview'));
const shown = new Set(['application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export const contentPath = (customerId: string, attachment: Attachment) => `customers/${customerId}/attachments/${attachment.id}`;
/** All attachments of a customer that are there. */
export const useAttachments = (customerId: string) => useList<Attachment>(`customers/${customerId}/attachments`, { limit: 500 });

/** The name of a file: a picture or PDF is shown, everything else is downloaded. */
export const AttachmentLink = ({ customerId, attachment }: { customerId: string; attachment: Attachment }) => {
  const { t } = useTranslation('customers');
  const [open, setOpen] = useState(false);
  if (!shown.has(attachment.contentType) || attachment.size > 50 * (1 << 20)) return <a className="attachment__name" href={downloadAddress(`${contentPath(customerId, attachment)}/content`)} download aria-label={t('attachment.downloadOf', { name: attachment.name })}>{attachment.name}</a>;
  return (
    <>
      <Button type="link" size="small" className="attachment__name" aria-label={t('attachment.preview', { name: attachment.name })} onClick={() => setOpen(true)}>{attachment.name}</Button>
      <Suspense fallback={null}>{open ? <AttachmentPreview customerId={customerId} attachment={attachment} onClose={() => setOpen(false)} /> : null}</Suspense>
    </>
  );
};

/** Files that an entry names; of one that is not there any more `otherwise` is said. */
export const AttachmentLinks = ({ customerId, ids, otherwise }: { customerId: string; ids: string[]; otherwise?: string }) => {
  const { t } = useTranslation('customers');
  const { rows } = useAttachments(customerId);
  return (
    <span className="attachment-links">
      {ids.map((id) => {
        const attachment = rows.find((row) => row.id === id);
        return attachment ? <AttachmentLink key={id} customerId={customerId} attachment={attachment} /> : <span key={id} className="muted">{otherwise ?? t('attachment.gone')}</span>;
      })}
    </span>
  );
};
