import { DeleteOutlined, DownloadOutlined, EditOutlined, FileImageOutlined, FileOutlined, FilePdfOutlined, FileTextOutlined, FileZipOutlined, InboxOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Select } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { ActorText } from '@/components/source-text';
import { DateText } from '@/components/values';
import type { Attachment, AttachmentKind, Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { formatBytes } from '@/lib/format';
import { downloadAddress } from '@/lib/http';
import { useLocale, useMay } from '@/lib/session';
import { AttachmentLink, contentPath, useAttachments } from './attachment-links';
import { isPicture, Thumbnail } from './attachment-thumbnail';
import { startUploads } from './attachment-uploads';
import { FileButton } from './file-button';
import { UploadList } from './upload-list';
import { useAttachmentKinds } from './words';

const AttachmentDialog = lazy(() => import('./attachment-dialog'));

const Icon = ({ type }: { type: string }) =>
  type.startsWith('image/') ? <FileImageOutlined /> : type === 'application/pdf' ? <FilePdfOutlined /> : type.startsWith('text/') ? <FileTextOutlined /> : /zip|rar|7z/.test(type) ? <FileZipOutlined /> : <FileOutlined />;

/** Contracts, acceptance reports and other files of a customer (S027). */
export const AttachmentsBox = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const run = useCommand();
  const client = useQueryClient();
  const { message } = App.useApp();
  const { asOf } = useAsOf();
  const { locale } = useLocale();
  const kinds = useAttachmentKinds();
  const [kind, setKind] = useState<AttachmentKind>('other');
  const [editing, setEditing] = useState<Attachment>();
  const query = useAttachments(customer.id);
  const editable = may('change') && !asOf && !customer.archived && !customer.erased;
  const say = (error: unknown) => { void message.error(error instanceof Error ? error.message : ''); };

  const add = (files: File[]) => startUploads(customer.id, files, kind, (attachment) => {
    void message.success(t('attachment.done', { name: attachment.name }));
    void client.invalidateQueries({ queryKey: ['customers'] });
  });
  const drop = async (attachment: Attachment) => {
    const path = `customers/${customer.id}/attachments/${attachment.id}`;
    const restore = () => { message.destroy(attachment.id); run({ path: `${path}/restore`, done: t('attachment.restored') }).catch(say); };
    try {
      await run({ method: 'DELETE', path });
      void message.info({ key: attachment.id, duration: 8, content: <>{t('attachment.removed')} <Button type="link" size="small" onClick={restore}>{t('attachment.undo')}</Button></> });
    } catch (error) { say(error); }
  };
  return (
    <RelatedBox title={t('attachment.title')} count={query.rows.length}>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <p className="muted">{t('attachment.none')}</p> : null}
      <ul>
        {query.rows.map((attachment) => (
          <li key={attachment.id} className="contact">
            <span className="attachment__text">{!asOf && isPicture(attachment) ? <Thumbnail customerId={customer.id} attachment={attachment} /> : <span className="kind-icon"><Icon type={attachment.contentType} /></span>}{asOf ? attachment.name : <AttachmentLink customerId={customer.id} attachment={attachment} />}</span>
            <span>
              {asOf ? null : <Button type="text" size="small" icon={<DownloadOutlined />} aria-label={t('attachment.downloadOf', { name: attachment.name })} href={downloadAddress(`${contentPath(customer.id, attachment)}/content`)} download />}
              {editable ? (
                <>
                  <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('attachment.edit', { name: attachment.name })} onClick={() => setEditing(attachment)} />
                  <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('attachment.removeOf', { name: attachment.name })} onClick={() => void drop(attachment)} />
                </>
              ) : null}
            </span>
            <span className="contact__line muted">
              {attachment.kind === 'other' ? null : <><span className="tag">{t(`attachment.kind.${attachment.kind}`)}</span> </>}
              {formatBytes(attachment.size, locale)} · <ActorText id={attachment.createdBy} name={attachment.createdByName} /> · <DateText value={attachment.createdAt} as="relative" />
            </span>
          </li>
        ))}
      </ul>
      <UploadList customerId={customer.id} />
      {editable ? (
        <div className="attachment-add">
          <FileButton label={t('attachment.add')} onFiles={add}><InboxOutlined /> {t('attachment.drop')}</FileButton>
          <Select<AttachmentKind> size="small" value={kind} onChange={setKind} options={kinds} aria-label={t('attachment.kindOf')} popupMatchSelectWidth={false} />
        </div>
      ) : null}
      <Suspense fallback={null}>{editing ? <AttachmentDialog customerId={customer.id} attachment={editing} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </RelatedBox>
  );
};
