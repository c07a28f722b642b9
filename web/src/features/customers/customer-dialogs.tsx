import { Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Customer, Lifecycle } from '@/lib/api-types';
import { todayIn } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useChoices, useCustomerWords } from './words';

export type OpenDialog = { dialog: 'lifecycle'; to: Lifecycle } | { dialog: 'owner' } | { dialog: 'tags' };

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
      <Form name="lifecycle" form={form} layout="vertical" onFinish={(values) => void submit(values)}>
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
  const computed = new Set((customer.computedTags ?? []).map((tag) => tag.name));
  const before = (customer.tags ?? []).filter((tag) => !computed.has(tag));
  const [tags, setTags] = useState(before);
  const submit = async () => {
    const path = `customers/${customer.id}/tags`;
    for (const tag of tags.filter((each) => !before.includes(each))) if ((await execute({ path, body: { tag } })) === undefined) return;
    for (const tag of before.filter((each) => !tags.includes(each))) if ((await execute({ method: 'DELETE', path: `${path}/${encodeURIComponent(tag)}` })) === undefined) return;
    onClose();
  };
  return (
    <Modal open title={t('changeTags')} okText={t('common:save')} confirmLoading={busy} onOk={() => void submit()} onCancel={onClose}>
      <Select mode="tags" style={{ width: '100%', marginBottom: 12 }} aria-label={t('field.tags')} options={choices.handTags} value={tags} onChange={setTags} tokenSeparators={[',', '，', ';', '；']} autoFocus />
      <p className="muted">{t('tagsBox.computedHelp')}</p>
      <ProblemAlert error={error} />
    </Modal>
  );
};

/** The dialog of a command of the header. */
const CustomerDialog = ({ open, ...props }: DialogProps & { open: OpenDialog }) =>
  open.dialog === 'lifecycle' ? <LifecycleDialog to={open.to} {...props} /> : open.dialog === 'owner' ? <OwnerDialog {...props} /> : <TagsDialog {...props} />;
export default CustomerDialog;
