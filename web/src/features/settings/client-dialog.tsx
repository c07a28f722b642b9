import { Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Client } from '@/lib/api-types';

const roles = ['integrator', 'admin', 'manager', 'sales', 'service', 'auditor'] as const;
const grants = ['client_credentials', 'authorization_code'] as const;
const scopes = ['api', 'openid', 'profile', 'offline_access'] as const;

interface Values {
  name: string; clientId?: string; role: string; confidential: boolean; grants: string[]; scopes: string[]; redirectUris?: string; postLogoutRedirectUris?: string; jwks?: string; rateLimit?: number | null; actsForUsers: boolean;
}
const lines = (text: string | undefined) => (text ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
const isJson = (text: string) => { try { JSON.parse(text); return true; } catch { return false; } };

/** Registers a client, or changes one: whether it can keep a secret stays as it was registered. */
const ClientDialog = ({ client, onClose }: { client?: Client; onClose: (saved?: Client) => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const chosen = Form.useWatch('grants', form) ?? [];
  const confidential = Form.useWatch('confidential', form) ?? client?.confidential ?? true;
  const submit = async (values: Values) => {
    const jwks = values.jwks?.trim() ? (JSON.parse(values.jwks) as unknown) : null;
    const body = {
      name: values.name, role: values.role, grants: values.grants, scopes: values.scopes, actsForUsers: values.actsForUsers ?? false,
      redirectUris: lines(values.redirectUris), postLogoutRedirectUris: lines(values.postLogoutRedirectUris), jwks, rateLimit: values.rateLimit ?? null,
      ...(client ? {} : { clientId: values.clientId?.trim() || null, confidential: values.confidential }),
    };
    const saved = await execute<Client>({ method: client ? 'PATCH' : 'POST', path: client ? `clients/${client.id}` : 'clients', body, version: client?.version, done: t('saved') });
    if (saved !== undefined) onClose(saved);
  };
  const required = { required: true, message: t('required') };
  return (
    <Modal open title={client ? t('clients.edit', { name: client.name }) : t('clients.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={() => onClose()} width={620}>
      <Form<Values>
        name="client" form={form} layout="vertical" onFinish={(values) => void submit(values)}
        initialValues={client
          ? { ...client, redirectUris: client.redirectUris.join('\n'), postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'), jwks: client.jwks ? JSON.stringify(client.jwks, (_, value: unknown) => value ?? undefined, 2) : undefined }
          : { role: 'integrator', confidential: true, grants: ['client_credentials'], scopes: ['api'], rateLimit: 600, actsForUsers: false }}
      >
        <Form.Item name="name" label={t('clients.name')} rules={[{ ...required, whitespace: true }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
        {client ? null : <Form.Item name="clientId" label={t('clients.clientId')} extra={t('clients.clientIdHelp')}><Input maxLength={60} autoComplete="off" /></Form.Item>}
        <Form.Item name="role" label={t('clients.role')} extra={t('clients.roleHelp')}><Select options={roles.map((role) => ({ value: role, label: t(`common:role.${role}`) }))} /></Form.Item>
        {client ? null : <Form.Item name="confidential" valuePropName="checked" extra={t('clients.confidentialHelp')}><Checkbox>{t('clients.confidential')}</Checkbox></Form.Item>}
        <Form.Item name="grants" label={t('clients.grants')} rules={[required]}><Checkbox.Group options={grants.map((grant) => ({ value: grant, label: t(`clients.grant.${grant}`) }))} /></Form.Item>
        <Form.Item name="scopes" label={t('clients.scopes')} rules={[required]}><Checkbox.Group options={scopes.map((scope) => ({ value: scope, label: t(`clients.scope.${scope}`) }))} /></Form.Item>
        {chosen.includes('authorization_code') ? (
          <>
            <Form.Item name="redirectUris" label={t('clients.redirectUris')} extra={t('clients.urisHelp')} rules={[required]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} /></Form.Item>
            <Form.Item name="postLogoutRedirectUris" label={t('clients.postLogoutRedirectUris')}><Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} spellCheck={false} /></Form.Item>
          </>
        ) : null}
        {confidential ? (
          <Form.Item name="jwks" label={t('clients.jwks')} extra={t('clients.jwksHelp')} rules={[{ validator: (_, value?: string) => (!value?.trim() || isJson(value) ? Promise.resolve() : Promise.reject(new Error(t('clients.notJson')))) }]}>
            <Input.TextArea autoSize={{ minRows: 1, maxRows: 10 }} spellCheck={false} />
          </Form.Item>
        ) : null}
        <Form.Item name="rateLimit" label={t('clients.rateLimit')} extra={t('clients.rateLimitHelp')}><InputNumber min={1} max={100_000} precision={0} style={{ width: '100%' }} /></Form.Item>
        {chosen.includes('client_credentials') ? <Form.Item name="actsForUsers" valuePropName="checked" noStyle><Checkbox>{t('clients.actsForUsers')}</Checkbox></Form.Item> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ClientDialog;
