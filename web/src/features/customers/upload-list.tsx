import { CloseOutlined, PauseOutlined, PlayCircleOutlined } from '@ant-design/icons';
import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { formatMinutes, formatRatio } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { brokenUploads, cancelUpload, pauseUpload, resumeUpload, useUploads, type Upload } from './attachment-uploads';

const useSaid = () => {
  const { t } = useTranslation('customers');
  const { locale } = useLocale();
  return (upload: Upload) => {
    if (upload.state === 'paused' || upload.state === 'waiting') return t(`attachment.${upload.state}`);
    if (upload.offset === upload.size) return t('attachment.checking');
    if (!upload.bytesPerSecond) return '';
    const seconds = (upload.size - upload.offset) / upload.bytesPerSecond;
    return t('attachment.remaining', { time: seconds < 60 ? t('attachment.soon') : formatMinutes(seconds / 60, locale) });
  };
};

/** Files of a customer that are on their way, and those a reload broke off. */
export const UploadList = ({ customerId }: { customerId: string }) => {
  const { t } = useTranslation('customers');
  const { locale } = useLocale();
  const said = useSaid();
  const uploads = useUploads();
  const own = uploads.filter((upload) => upload.customerId === customerId);
  const broken = brokenUploads(customerId, uploads);
  if (own.length + broken.length === 0) return null;
  return (
    <ul className="uploads">
      {own.map((upload) => (
        <li key={upload.key} className="contact">
          <span className="attachment__text">{upload.name}</span>
          <span>
            {upload.state === 'running' || upload.state === 'waiting' ? <Button type="text" size="small" icon={<PauseOutlined />} aria-label={t('attachment.pause', { name: upload.name })} onClick={() => pauseUpload(upload.key)} /> : null}
            {upload.state === 'paused' || upload.state === 'refused' ? <Button type="text" size="small" icon={<PlayCircleOutlined />} aria-label={t('attachment.resume', { name: upload.name })} onClick={() => resumeUpload(upload.key)} /> : null}
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('attachment.cancel', { name: upload.name })} onClick={() => cancelUpload(customerId, upload.key)} />
          </span>
          <span className="contact__line upload__line">
            {upload.state === 'refused' ? <ProblemAlert error={upload.problem} /> : <><Progress percent={Math.floor((upload.offset / Math.max(upload.size, 1)) * 100)} size="small" aria-label={t('attachment.progress', { name: upload.name })} /><span className="muted" role="status">{said(upload)}</span></>}
          </span>
        </li>
      ))}
      {broken.map((upload) => (
        <li key={upload.key} className="contact">
          <span className="attachment__text">{upload.name}</span>
          <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('attachment.cancel', { name: upload.name })} onClick={() => cancelUpload(customerId, upload.key)} />
          <span className="contact__line muted">{t('attachment.broken', { share: formatRatio(upload.offset / Math.max(upload.size, 1), locale, 0) })}</span>
        </li>
      ))}
    </ul>
  );
};
