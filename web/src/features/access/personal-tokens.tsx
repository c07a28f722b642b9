import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Modal, Popconfirm, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { OnceShown } from '@/components/once-shown';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { NewPersonalToken, PersonalToken } from '@/lib/api-types';
import { useOwnList } from './own-list';

interface Values { name: string; scope: 'read' | 'readWrite'; days: number }
const spans = [7, 30, 90, 365] as const;

const CreateToken = ({ onClose }: { onClose: () => void }) => {
  const { t } = useTranslation('access');
  const { modal } = App.useApp();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const submit = async ({ name, scope, days }: Values) => {
    const made = await execute<NewPersonalToken>({ path: 'personal-tokens', body: { name, scope, expiresAt: new Date(Date.now() + days * 86_400_000).toISOString() } });
    if (made === undefined) return;
    onClose();
    modal.success({ title: t('tokens.made'), width: 520, content: <OnceShown label={t('tokens.token')} value={made.token} text={t('tokens.madeText')} /> });
  };
  return (
    <Modal open title={t('tokens.add')} okText={t('tokens.create')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="personal-token" form={form} layout="vertical" initialValues={{ scope: 'read', days: 30 }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('tokens.name')} extra={t('tokens.nameHelp')} rules={[{ required: true, whitespace: true, message: t('tokens.nameRequired') }]}><Input maxLength={100} autoComplete="off" autoFocus /></Form.Item>
        <Form.Item name="scope" label={t('tokens.scopeLabel')}><Radio.Group options={(['read', 'readWrite'] as const).map((scope) => ({ value: scope, label: t(`tokens.scope.${scope}`) }))} /></Form.Item>
        <Form.Item name="days" label={t('tokens.expiry')}><Select options={spans.map((days) => ({ value: days, label: t('tokens.days', { days }) }))} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

/** Tokens for one's own scripts. */
export const PersonalTokens = () => {
  const { t } = useTranslation('access');
  const query = useOwnList<PersonalToken>('personal-tokens');
  const { error, execute } = useCommandState();
  const [adding, setAdding] = useState(false);
  const revoke = (token: PersonalToken) => (
    <Popconfirm title={t('tokens.revokeAsk')} description={t('tokens.revokeText')} okText={t('tokens.revoke')} cancelText={t('common:cancel')} okButtonProps={{ danger: true }} onConfirm={() => void execute({ method: 'DELETE', path: `personal-tokens/${token.id}`, done: t('tokens.revoked') })}>
      <Button size="small" aria-label={t('tokens.revokeOf', { name: token.name })}>{t('tokens.revoke')}</Button>
    </Popconfirm>
  );
  const used = (token: PersonalToken) => (token.lastUsedAt ? <DateText value={token.lastUsedAt} as="relative" /> : <span className="muted">{t('tokens.never')}</span>);
  const columns: Column<PersonalToken>[] = [
    { key: 'name', title: t('tokens.name'), width: 220, render: (token) => token.name },
    { key: 'scope', title: t('tokens.scopeLabel'), width: 120, render: (token) => t(`tokens.scope.${token.scope}`) },
    { key: 'created', title: t('tokens.createdAt'), width: 140, render: (token) => <DateText value={token.createdAt} as="instant" /> },
    { key: 'used', title: t('tokens.lastUsed'), width: 140, render: used },
    { key: 'expires', title: t('tokens.expiresAt'), width: 140, render: (token) => <DateText value={token.expiresAt} as="instant" /> },
    { key: 'revoke', title: '', width: 100, align: 'right', render: revoke },
  ];
  return (
    <>
      <div className="access__tools"><span className="muted">{t('tokens.text')}</span><Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('tokens.add')}</Button></div>
      <ProblemAlert error={error} />
      <DataList<PersonalToken>
        label={t('tokens.title')} query={query} rowKey={(token) => token.id} columns={columns} empty={<EmptyState title={t('tokens.none')} />}
        card={(token) => <div className="access__card"><b>{token.name}</b><span>{t(`tokens.scope.${token.scope}`)} · {t('tokens.lastUsed')} {used(token)}</span><span>{revoke(token)}</span></div>}
      />
      {adding ? <CreateToken onClose={() => setAdding(false)} /> : null}
    </>
  );
};
