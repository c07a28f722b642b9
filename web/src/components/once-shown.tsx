import { Button, Input, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A secret that the server shows this once: to copy and keep. */
export const OnceShown = ({ label, value, text }: { label: string; value: string; text: string }) => {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <>
      <p style={{ marginBottom: 8 }}>{text}</p>
      <Space.Compact block>
        <Input readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} />
        <Button onClick={() => { void navigator.clipboard.writeText(value).then(() => setCopied(true)); }}>{copied ? t('copied') : t('copy')}</Button>
      </Space.Compact>
    </>
  );
};
