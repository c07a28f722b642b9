import { Link } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { post } from '@/lib/http';
import { SessionFrame } from './session-frame';

interface Passwords { newPassword: string; repeated: string }

/** A password by a one-time link. */
export const SetPasswordPage = () => {
  const { t } = useTranslation('session');
  // Behind the hash: no server and no proxy has seen it.
  const [token] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('token'));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  useEffect(() => { document.title = `${t('setPassword')} · CRM`; }, [t]);
  const submit = async ({ newPassword }: Passwords) => {
    setBusy(true);
    setError(undefined);
    try { await post('password', { token, newPassword }); setDone(true); } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  return (
    <SessionFrame title={t('setPassword')} text={done ? t('passwordSet') : token ? t('setPasswordText') : t('linkIncomplete')}>
      {done || !token ? <Link to="/sign-in" search={{}}>{t('toSignIn')}</Link> : (
        <Form name="set-password" layout="vertical" requiredMark={false} onFinish={(values: Passwords) => void submit(values)}>
          <Form.Item name="newPassword" label={t('newPassword')} extra={t('passwordRule')} rules={[{ required: true, min: 10, message: t('passwordRule') }]}>
            <Input.Password autoComplete="new-password" size="large" maxLength={200} />
          </Form.Item>
          <Form.Item
            name="repeated" label={t('repeatPassword')} dependencies={['newPassword']}
            rules={[({ getFieldValue }) => ({ validator: (_, value) => (value === getFieldValue('newPassword') ? Promise.resolve() : Promise.reject(new Error(t('passwordsDiffer')))) })]}
          >
            <Input.Password autoComplete="new-password" size="large" maxLength={200} />
          </Form.Item>
          {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t('setPassword')}</Button>
        </Form>
      )}
    </SessionFrame>
  );
};
