import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Spin } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { isProblem } from '@/lib/problem';
import { signInExternally } from '@/lib/session';

/** Back from a provider: the page asks for the session itself, with the code of the second factor where that is on. */
export const ExternalSignIn = ({ provider, onDone }: { provider: string; onDone: () => void }) => {
  const { t } = useTranslation('session');
  const [otp, setOtp] = useState<string>();
  const [asked, setAsked] = useState(false);
  const { data, error, isFetching } = useQuery({ queryKey: ['external-sign-in', otp], queryFn: () => signInExternally(otp), retry: false, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  const needsCode = isProblem(error, 'otp_required');
  if (needsCode && !asked) setAsked(true);
  useEffect(() => { if (data) onDone(); }, [data, onDone]);
  return (
    <div className="session__external" aria-live="polite">
      {isFetching ? <div><Spin size="small" /> {t('external.coming', { provider })}</div> : null}
      {error && !needsCode ? <ProblemAlert error={error} /> : null}
      {asked && !isProblem(error, 'external_sign_in_expired') ? (
        <Form<{ otp: string }> name="external-otp" layout="vertical" requiredMark={false} aria-label={t('external.code', { provider })} onFinish={(values) => setOtp(values.otp.trim())}>
          <Form.Item name="otp" label={t('common:signIn.otp')} extra={t('common:signIn.otpHelp')} rules={[{ required: true, whitespace: true, message: t('common:signIn.otpRequired') }]}>
            <Input autoComplete="one-time-code" autoFocus size="large" maxLength={40} spellCheck={false} />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={isFetching}>{t('external.confirm')}</Button>
        </Form>
      ) : null}
    </div>
  );
};
