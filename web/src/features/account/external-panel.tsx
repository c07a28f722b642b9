import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Form, Input, Modal, Popconfirm } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Account, ExternalLogins } from '@/lib/api-types';
import { get, post } from '@/lib/http';
import type { Provider } from '@/lib/problem';

const LinkDialog = ({ provider, withCode, onClose }: { provider: Provider; withCode: boolean; onClose: () => void }) => {
  const { t } = useTranslation('account');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ password: string; otp?: string }>();
  const submit = async ({ password, otp }: { password: string; otp?: string }) => {
    const answer = await execute<{ redirectTo: string }>({ path: 'account/external-logins', body: { provider: provider.name, password, otp: otp?.trim() } });
    if (answer) location.assign(answer.redirectTo);
  };
  const title = t('external.link', { provider: provider.displayName });
  return (
    <Modal open title={title} okText={t('external.go')} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p className="account__line">{t('external.linkText', { provider: provider.displayName })}</p>
      <Form name="link" form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        <Form.Item name="password" label={t('common:signIn.password')} rules={[{ required: true, message: t('required') }]}><Input.Password autoComplete="current-password" autoFocus maxLength={200} /></Form.Item>
        {withCode ? <Form.Item name="otp" label={t('common:signIn.otp')} extra={t('common:signIn.otpHelp')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input autoComplete="one-time-code" maxLength={40} spellCheck={false} /></Form.Item> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

/** Back from the provider: the page confirms, in the session that asked. */
const Confirm = ({ onDone }: { onDone: () => void }) => {
  const { data, error } = useQuery({ queryKey: ['account', 'external-confirm'], queryFn: async () => { await post('account/external-logins/confirm', {}); return true; }, retry: false, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  useEffect(() => { if (data) onDone(); }, [data, onDone]);
  return <ProblemAlert error={error} />;
};

const problems = ['external_failed', 'external_denied', 'external_unavailable'] as const;

/** The accounts at providers outside by which a person may sign in; nothing where there are none. */
export const ExternalPanel = ({ account }: { account: Account }) => {
  const { t } = useTranslation('account');
  const { external, problem, provider: failed } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { busy, error: refusal, execute } = useCommandState();
  const [linking, setLinking] = useState<Provider>();
  const { data, error, refetch } = useQuery({ queryKey: ['account', 'external-logins'], queryFn: ({ signal }) => get<ExternalLogins>('account/external-logins', {}, signal), staleTime: 0 });
  if (!data || (data.providers.length === 0 && data.data.length === 0)) return <ProblemAlert error={error} />;
  const nameOf = (name: string | undefined) => data.providers.find((each) => each.name === name)?.displayName ?? name ?? '';
  const confirmed = () => { void refetch(); void navigate({ to: '/account', search: {}, replace: true }); };
  const told = problems.find((each) => each === problem);
  return (
    <section className="account__panel" aria-label={t('external.title')}>
      <h2>{t('external.title')}</h2>
      {external ? <Confirm onDone={confirmed} /> : null}
      {told ? <Alert type="error" showIcon role="alert" title={t(`external.problem.${told}`, { provider: nameOf(failed) })} /> : null}
      <ProblemAlert error={refusal} />
      {data.data.length === 0 ? <p className="account__line muted">{t('external.none')}</p> : null}
      <ul>
        {data.data.map((login) => (
          <li key={login.provider} className="account__login">
            <span><b>{login.displayName}</b> · {t('external.since')} <DateText value={login.linkedAt} as="instant" /></span>
            <Popconfirm
              title={t('external.unlinkAsk', { provider: login.displayName })} description={t('external.unlinkText')} okText={t('external.unlink')} cancelText={t('common:cancel')}
              onConfirm={() => void execute({ method: 'DELETE', path: `account/external-logins/${login.provider}`, done: t('external.unlinked') })}
            >
              <Button size="small" loading={busy} aria-label={t('external.unlinkOf', { provider: login.displayName })}>{t('external.unlink')}</Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
      <div className="account__actions">
        {data.providers.filter((each) => !data.data.some((login) => login.provider === each.name)).map((each) => (
          <Button key={each.name} onClick={() => setLinking(each)}>{t('external.link', { provider: each.displayName })}</Button>
        ))}
      </div>
      {linking ? <LinkDialog provider={linking} withCode={Boolean(account.secondFactorSince)} onClose={() => setLinking(undefined)} /> : null}
    </section>
  );
};
