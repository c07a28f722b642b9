import { DownloadOutlined } from '@ant-design/icons';
import { Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '@/lib/api-types';
import { downloadAddress } from '@/lib/http';
import { contentPath } from './attachment-links';

/** A picture, or a PDF in the browser's own viewer. */
const AttachmentPreview = ({ customerId, attachment, onClose }: { customerId: string; attachment: Attachment; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const path = contentPath(customerId, attachment);
  const address = downloadAddress(`${path}/preview`);
  const pdf = attachment.contentType === 'application/pdf';
  return (
    <Modal
      open title={attachment.name} onCancel={onClose} width="min(960px, calc(100vw - 24px))" style={{ top: 24 }}
      footer={<><span className="muted" style={{ marginRight: 12 }}>{pdf ? t('attachment.noFrame') : null}</span><Button icon={<DownloadOutlined />} href={downloadAddress(`${path}/content`)} download>{t('attachment.download')}</Button></>}
    >
      {pdf ? <iframe className="attachment-preview" title={attachment.name} src={address} /> : <img className="attachment-preview" src={address} alt={attachment.name} />}
    </Modal>
  );
};
export default AttachmentPreview;
