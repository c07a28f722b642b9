import { CloseOutlined, PaperClipOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Attachment, Customer } from '@/lib/api-types';
import { startUploads } from './attachment-uploads';
import { FileButton } from './file-button';
import { UploadList } from './upload-list';

/** Files that go with the follow-up that is being written: they are the customer's at once, and the follow-up's when it is saved. */
export const AttachToFollowUp = ({ customer, files, onChange }: { customer: Customer; files: Attachment[]; onChange: (change: (files: Attachment[]) => Attachment[]) => void }) => {
  const { t } = useTranslation('customers');
  const client = useQueryClient();
  return (
    <div className="follow-up__files">
      <FileButton label={t('attachment.attach')} onFiles={(chosen) => startUploads(customer.id, chosen, 'other', (attachment) => { onChange((before) => [...before, attachment]); void client.invalidateQueries({ queryKey: ['customers'] }); })}>
        <PaperClipOutlined /> {t('attachment.attach')}
      </FileButton>
      <ul>
        {files.map((file) => (
          <li key={file.id}>{file.name}<Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('attachment.removeOf', { name: file.name })} onClick={() => onChange((before) => before.filter((each) => each.id !== file.id))} /></li>
        ))}
      </ul>
      <UploadList customerId={customer.id} />
    </div>
  );
};
