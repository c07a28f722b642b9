import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { SignInForm } from '@/components/sign-in-form';
import { queryClient } from '@/lib/query-client';
import { useSession } from '@/lib/session';

/** The sign-in expired while somebody worked: they sign in again on top of the screen, and nothing on it is lost. */
const ExpiredSignIn = ({ onDone }: { onDone: () => void }) => {
  const { t } = useTranslation();
  const { user } = useSession();
  const done = () => { onDone(); void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' }); };
  return (
    <Modal open title={t('signIn.expired')} footer={null} closable={false} mask={{ closable: false }} keyboard={false} width={400}>
      <p className="muted" style={{ marginBottom: 12 }}>{t('signIn.expiredText')}</p>
      <SignInForm userName={user.userName} onDone={done} />
    </Modal>
  );
};
export default ExpiredSignIn;
