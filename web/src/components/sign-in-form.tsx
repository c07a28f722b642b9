import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import type { Session } from '@/lib/api-types';
import { isProblem } from '@/lib/problem';
import { signIn } from '@/lib/session';

export interface Credentials { userName: string; password: string; otp?: string }

/** User name and password, and the code of the second factor once it is asked for. `preset` fills in a demo account. */
export const SignInForm = ({ userName, preset, onDone }: { userName?: string; preset?: Credentials; onDone: (session: Session) => void }) => {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const submit = async (credentials: Credentials) => {
    setBusy(true);
    setError(undefined);
    try { onDone(await signIn(credentials.userName.trim(), credentials.password, credentials.otp?.trim() || undefined)); } catch (problem) {
      if (isProblem(problem, 'otp_required')) setAsked(true); else setError(problem);
    } finally { setBusy(false); }
  };
  return (
    <Form name="sign-in" layout="vertical" requiredMark={false} key={preset?.userName} initialValues={preset ?? { userName }} onFinish={(values: Credentials) => void submit(values)} aria-label={t('signIn.title')}>
      <Form.Item name="userName" label={t('signIn.userName')} rules={[{ required: true, message: t('signIn.userNameRequired') }]}>
        <Input autoComplete="username" autoFocus={!userName} size="large" maxLength={200} />
      </Form.Item>
      <Form.Item name="password" label={t('signIn.password')} rules={[{ required: true, message: t('signIn.passwordRequired') }]}>
        <Input.Password autoComplete="current-password" autoFocus={Boolean(userName)} size="large" maxLength={200} />
      </Form.Item>
      {asked ? (
        <Form.Item name="otp" label={t('signIn.otp')} extra={t('signIn.otpHelp')} rules={[{ required: true, whitespace: true, message: t('signIn.otpRequired') }]}>
          <Input autoComplete="one-time-code" autoFocus size="large" maxLength={40} spellCheck={false} />
        </Form.Item>
      ) : null}
      {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t('signIn.submit')}</Button>
    </Form>
  );
};
