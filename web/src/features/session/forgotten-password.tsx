import { Link } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { post } from '@/lib/http';
import { SessionFrame } from './session-frame';

/** Asks for a link to set a new password. What is said after it is the same for every name. */
export const ForgottenPasswordPage = () => {
  const { t } = useTranslation('session');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  useEffect(() => { document.title = `${t('forgotten')} · CRM`; }, [t]);
  const submit = async ({ userName }: { userName: string }) => {
    setBusy(true);
    setError(undefined);
    try { await post('password/forgotten', { userName: userName.trim() }); setSent(true); } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  return (
    <SessionFrame title={t('forgotten')} text={t(sent ? 'linkSent' : 'forgottenText')}>
      {sent ? null : (
        <Form name="forgotten-password" layout="vertical" requiredMark={false} onFinish={(values: { userName: string }) => void submit(values)}>
          <Form.Item name="userName" label={t('common:signIn.userName')} rules={[{ required: true, whitespace: true, message: t('common:signIn.userNameRequired') }]}>
            <Input autoComplete="username" autoFocus size="large" maxLength={200} />
          </Form.Item>
          {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t('sendLink')}</Button>
        </Form>
      )}
      <p className="session__more"><Link to="/sign-in" search={{}}>{t('toSignIn')}</Link></p>
    </SessionFrame>
  );
};
