import { BankOutlined, DownOutlined, EditOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Dropdown, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import { DateText } from '@/components/values';
import type { Customer, Lifecycle } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { todayIn } from '@/lib/format';
import { useCan, useLocale } from '@/lib/session';
import { LifecycleMark, NextFollowUp, Tags, TierMark } from './marks';
import { useChoices, useCustomerWords } from './words';

type Open = { dialog: 'lifecycle'; to: Lifecycle } | { dialog: 'owner' } | { dialog: 'tags' } | { dialog: 'archive' };

export const CustomerHeader = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const { asOf } = useAsOf();
  const choices = useChoices();
  const [open, setOpen] = useState<Open>();
  const editable = can('customers.change') && !asOf;
  const Icon = customer.kind === 'person' ? UserOutlined : BankOutlined;
  const close = () => setOpen(undefined);

  return (
    <header className="customer-head">
      <span className="customer-head__badge" aria-hidden="true"><Icon /></span>
      <div className="customer-head__main">
        <div className="customer-head__title">
          <h1>{customer.name}</h1>
          {editable ? (
            <Dropdown
              trigger={['click']}
              menu={{ items: choices.lifecycles.filter((each) => each.value !== customer.lifecycle).map((each) => ({ key: each.value, label: t('lifecycleTo', { to: each.label }) })), onClick: ({ key }) => setOpen({ dialog: 'lifecycle', to: key as Lifecycle }) }}
            >
              <button type="button" className="pill-button" aria-label={t('changeLifecycle', { now: t(`lifecycle.${customer.lifecycle}`) })}><LifecycleMark value={customer.lifecycle} /><DownOutlined style={{ fontSize: 9 }} className="muted" /></button>
            </Dropdown>
          ) : <LifecycleMark value={customer.lifecycle} />}
          {customer.tier ? <TierMark value={customer.tier} /> : null}
          {customer.archived ? <span className="mark">{t('archived')}</span> : null}
        </div>
        <dl className="customer-head__facts">
          <div>
            <dt>{t('field.ownerId')}</dt>
            <dd>{editable ? <button type="button" className="fact-button" aria-label={t('changeOwner')} onClick={() => setOpen({ dialog: 'owner' })}>{customer.ownerName ?? t('nobody')} <EditOutlined className="muted" /></button> : (customer.ownerName ?? t('nobody'))}</dd>
          </div>
          <div><dt>{t('field.nextFollowUpAt')}</dt><dd><NextFollowUp value={customer.nextFollowUpAt} /></dd></div>
          <div><dt>{t('field.lastFollowUpAt')}</dt><dd><DateText value={customer.lastFollowUpAt} as="relative" /></dd></div>
          <div>
            <dt>{t('field.tags')}</dt>
            <dd><Tags values={customer.tags} most={6} />{editable ? <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('changeTags')} onClick={() => setOpen({ dialog: 'tags' })} /> : null}</dd>
          </div>
        </dl>
      </div>
      {open?.dialog === 'lifecycle' ? <LifecycleDialog customer={customer} to={open.to} onClose={close} /> : null}
      {open?.dialog === 'owner' ? <OwnerDialog customer={customer} onClose={close} /> : null}
      {open?.dialog === 'tags' ? <TagsDialog customer={customer} onClose={close} /> : null}
    </header>
  );
};

interface DialogProps { customer: Customer; onClose: () => void }

const LifecycleDialog = ({ customer, to, onClose }: DialogProps & { to: Lifecycle }) => {
  const { t } = useTranslation('customers');
  const { timeZone } = useLocale();
  const words = useCustomerWords();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ reason?: string; businessDate?: string }>();
  const submit = async ({ reason, businessDate }: { reason?: string; businessDate?: string }) => {
    const result = await execute({ path: `customers/${customer.id}/lifecycle`, body: { to, reason: reason?.trim() || undefined, businessDate: businessDate ?? undefined }, version: customer.version, done: t('saved'), ...words });
    if (result !== undefined) onClose();
  };
  return (
    <Modal open title={t('lifecycleTitle', { from: t(`lifecycle.${customer.lifecycle}`), to: t(`lifecycle.${to}`) })} okText={t('confirmChange')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="reason" label={t('reason')} rules={to === 'lost' ? [{ required: true, whitespace: true, message: t('reasonRequired') }] : []}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} autoFocus /></Form.Item>
        <Form.Item name="businessDate" label={t('businessDate')} extra={t('businessDateHint')}><DateField style={{ width: '100%' }} disabledDate={(day) => day.format('YYYY-MM-DD') > todayIn(timeZone)} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

const OwnerDialog = ({ customer, onClose }: DialogProps) => {
  const { t } = useTranslation('customers');
  const words = useCustomerWords();
  const { busy, error, execute } = useCommandState();
  const [ownerId, setOwnerId] = useState(customer.ownerId ?? undefined);
  const submit = async () => {
    const result = await execute({ path: `customers/${customer.id}/owner`, body: { ownerId: ownerId ?? null }, version: customer.version, done: t('saved'), ...words });
    if (result !== undefined) onClose();
  };
  return (
    <Modal open title={t('changeOwner')} okText={t('confirmChange')} confirmLoading={busy} okButtonProps={{ disabled: ownerId === customer.ownerId }} onOk={() => void submit()} onCancel={onClose}>
      <UserSelect style={{ width: '100%', marginBottom: 12 }} aria-label={t('field.ownerId')} value={ownerId} onChange={setOwnerId} autoFocus />
      <ProblemAlert error={error} />
    </Modal>
  );
};

const TagsDialog = ({ customer, onClose }: DialogProps) => {
  const { t } = useTranslation('customers');
  const choices = useChoices();
  const { busy, error, execute } = useCommandState();
  const [tags, setTags] = useState(customer.tags ?? []);
  const submit = async () => {
    const before = customer.tags ?? [];
    const path = `customers/${customer.id}/tags`;
    for (const tag of tags.filter((each) => !before.includes(each))) if ((await execute({ path, body: { tag } })) === undefined) return;
    for (const tag of before.filter((each) => !tags.includes(each))) if ((await execute({ method: 'DELETE', path: `${path}/${encodeURIComponent(tag)}` })) === undefined) return;
    onClose();
  };
  return (
    <Modal open title={t('changeTags')} okText={t('common:save')} confirmLoading={busy} onOk={() => void submit()} onCancel={onClose}>
      <Select mode="tags" style={{ width: '100%', marginBottom: 12 }} aria-label={t('field.tags')} options={choices.tags} value={tags} onChange={setTags} tokenSeparators={[',', '，', ';', '；']} autoFocus />
      <ProblemAlert error={error} />
    </Modal>
  );
};
