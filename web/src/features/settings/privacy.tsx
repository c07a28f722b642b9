import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { PrivacyPolicyView } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';

/** The text about personal data that everybody accepts; a new version is shown to all. */
export const Privacy = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  const { data, error: failure, refetch } = useQuery({ queryKey: ['privacy-policy', 'edit'], queryFn: ({ signal }) => get<PrivacyPolicyView>('privacy-policy', undefined, signal) });
  if (failure) return <ProblemAlert error={failure} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const required = [{ required: true, whitespace: true, message: t('privacy.required') }];
  return (
    <Form<{ zh: string; en: string }> key={data.version} name="privacy" layout="vertical" className="settings__form" initialValues={data} disabled={!can('users.change')} onFinish={(values) => void execute({ path: 'privacy-policy', body: values, done: t('privacy.published') })}>
      <p className="muted" style={{ marginBottom: 12 }}>{data.version > 0 ? t('privacy.version', { version: data.version }) : t('privacy.none')}</p>
      <Form.Item name="zh" label={t('privacy.zh')} rules={required}><Input.TextArea autoSize={{ minRows: 6, maxRows: 20 }} maxLength={20000} /></Form.Item>
      <Form.Item name="en" label={t('privacy.en')} rules={required}><Input.TextArea autoSize={{ minRows: 6, maxRows: 20 }} maxLength={20000} /></Form.Item>
      {error ? <div style={{ marginBottom: 12 }}><ProblemAlert error={error} /></div> : null}
      {can('users.change') ? <Button type="primary" htmlType="submit" loading={busy}>{t('privacy.publish')}</Button> : null}
    </Form>
  );
};
