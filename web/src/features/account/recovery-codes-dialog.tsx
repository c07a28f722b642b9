import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Recovery codes, shown this one time. */
export const RecoveryCodesDialog = ({ codes, onClose }: { codes: string[]; onClose: () => void }) => {
  const { t } = useTranslation('account');
  const [copied, setCopied] = useState(false);
  const copy = async () => { await navigator.clipboard.writeText(codes.join('\n')); setCopied(true); };
  return (
    <Modal
      open title={t('codes')} mask={{ closable: false }} keyboard={false} closable={false}
      footer={<><Button onClick={() => void copy()}>{copied ? t('common:copied') : t('common:copy')}</Button><Button type="primary" onClick={onClose}>{t('codesKept')}</Button></>}
    >
      <p>{t('codesText')}</p>
      <ol className="account__codes" aria-label={t('codes')}>{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ol>
    </Modal>
  );
};
