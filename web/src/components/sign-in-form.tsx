import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { Session } from '@/lib/api-types';
import { signIn } from '@/lib/session';

export interface Credentials { userName: string; password: string }

/** User name and password. `preset` fills both (demo accounts). */
export const SignInForm = ({ userName, preset, onDone }: { userName?: string; preset?: Credentials; onDone: (session: Session) => void }) => {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (credentials: Credentials) => {
    setBusy(true);
    setError(undefined);
    try { onDone(await signIn(credentials.userName.trim(), credentials.password)); } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  return (
    <Form name="sign-in" layout="vertical" requiredMark={false} key={preset?.userName} initialValues={preset ?? { userName }} onFinish={(values: Credentials) => void submit(values)} aria-label={t('signIn.title')}>
      <Form.Item name="userName" label={t('signIn.userName')} rules={[{ required: true, message: t('signIn.userNameRequired') }]}>
        <Input autoComplete="username" autoFocus={!userName} size="large" maxLength={200} />
      </Form.Item>
      <Form.Item name="password" label={t('signIn.password')} rules={[{ required: true, message: t('signIn.passwordRequired') }]}>
        <Input.Password autoComplete="current-password" autoFocus={Boolean(userName)} size="large" maxLength={200} />
      </Form.Item>
      {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t('signIn.submit')}</Button>
    </Form>
  );
};
