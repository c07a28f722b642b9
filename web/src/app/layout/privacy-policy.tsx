import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { PrivacyPolicyView } from '@/lib/api-types';
import { get, post } from '@/lib/http';

const key = ['privacy-policy'] as const;

/** The text about personal data, on top of everything until it is accepted: at the first sign-in and after each new version. */
const PrivacyPolicy = ({ onLeave }: { onLeave: () => void }) => {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { data } = useQuery({ queryKey: key, queryFn: ({ signal }) => get<PrivacyPolicyView>('privacy-policy', undefined, signal), staleTime: 600_000, retry: false });
  if (!data || data.accepted) return null;
  const accept = async () => {
    setBusy(true);
    setError(undefined);
    try { client.setQueryData(key, await post<PrivacyPolicyView>('privacy-policy/accept', { version: data.version })); } catch (problem) { setError(problem); void client.invalidateQueries({ queryKey: key }); } finally { setBusy(false); }
  };
  return (
    <Modal
      open title={t('privacy.title', { version: data.version })} closable={false} mask={{ closable: false }} keyboard={false} width={640}
      footer={<><Button onClick={onLeave}>{t('signOut')}</Button><Button type="primary" loading={busy} onClick={() => void accept()}>{t('privacy.accept')}</Button></>}
    >
      <div style={{ whiteSpace: 'pre-wrap', maxHeight: '50vh', overflow: 'auto' }} tabIndex={0} role="document">{i18n.language === 'en' ? data.en : data.zh}</div>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default PrivacyPolicy;
