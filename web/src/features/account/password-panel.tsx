import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Account } from '@/lib/api-types';
import { renewSession } from '@/lib/session';

interface Values { password: string; newPassword: string; repeated: string; otp?: string }

/** A new password, with the old one. Every other session ends; this one goes on. */
export const PasswordPanel = ({ account }: { account: Account }) => {
  const { t } = useTranslation('account');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const submit = async ({ password, newPassword, otp }: Values) => {
    if ((await execute({ path: 'account/password', body: { password, newPassword, otp: otp?.trim() || undefined }, done: t('passwordChanged') })) === undefined) return;
    form.resetFields();
    await renewSession();
  };
  return (
    <section className="account__panel" aria-label={t('password')}>
      <h2>{t('password')}</h2>
      <p className="account__line muted">{account.passwordChangedAt ? <>{t('passwordSince')} <DateText value={account.passwordChangedAt} as="instant" /></> : null}</p>
      <Form<Values> name="change-password" form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="password" label={t('oldPassword')} rules={[{ required: true, message: t('required') }]}><Input.Password autoComplete="current-password" maxLength={200} /></Form.Item>
        <Form.Item name="newPassword" label={t('newPassword')} extra={t('passwordRule')} rules={[{ required: true, min: 10, message: t('passwordRule') }]}><Input.Password autoComplete="new-password" maxLength={200} /></Form.Item>
        <Form.Item
          name="repeated" label={t('repeatPassword')} dependencies={['newPassword']}
          rules={[({ getFieldValue }) => ({ validator: (_, value) => (value === getFieldValue('newPassword') ? Promise.resolve() : Promise.reject(new Error(t('passwordsDiffer')))) })]}
        >
          <Input.Password autoComplete="new-password" maxLength={200} />
        </Form.Item>
        {account.secondFactorSince ? (
          <Form.Item name="otp" label={t('common:signIn.otp')} extra={t('common:signIn.otpHelp')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input autoComplete="one-time-code" maxLength={40} spellCheck={false} /></Form.Item>
        ) : null}
        <ProblemAlert error={error} />
        <Button htmlType="submit" loading={busy}>{t('changePassword')}</Button>
      </Form>
    </section>
  );
};
