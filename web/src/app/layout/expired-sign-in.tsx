import { Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignInForm } from '@/components/sign-in-form';
import { onSessionExpired } from '@/lib/http';
import { queryClient } from '@/lib/query-client';
import { useSession } from '@/lib/session';

/** The sign-in expired while somebody worked: they sign in again on top of the screen, and nothing on it is lost. */
export const ExpiredSignIn = () => {
  const { t } = useTranslation();
  const { user } = useSession();
  const [expired, setExpired] = useState(false);
  useEffect(() => onSessionExpired(() => setExpired(true)), []);
  const done = () => { setExpired(false); void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' }); };
  return (
    <Modal open={expired} title={t('signIn.expired')} footer={null} closable={false} mask={{ closable: false }} keyboard={false} width={400} destroyOnHidden>
      <p className="muted" style={{ marginBottom: 12 }}>{t('signIn.expiredText')}</p>
      <SignInForm userName={user.userName} onDone={done} />
    </Modal>
  );
};
