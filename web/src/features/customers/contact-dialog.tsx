import { Checkbox, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { CustomFormItems } from '@/components/custom-form-items';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import type { Contact, Customer } from '@/lib/api-types';
import { customBody } from '@/lib/fields';
import { isMasked } from './reveal';
import './customers.css';

const ContactDialog = ({ customer, contact, onClose }: { customer: Customer; contact?: Contact; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const [form] = Form.useForm<Contact>();
  const { busy, error, execute } = useCommandState();
  const [entered, setEntered] = useState<Partial<Contact>>(contact ?? {});
  // What is masked is not put into the form, and stays as it is unless it is typed anew.
  const open = Object.fromEntries(Object.entries(contact?.custom ?? {}).filter(([, value]) => !isMasked(value)));
  const submit = async ({ custom, ...values }: Contact) => {
    // Only what was changed: a masked value that is left alone must not come back.
    const before = contact as Record<string, unknown> | undefined;
    const fields = before ? Object.fromEntries(Object.entries(values).filter(([field, value]) => value !== before[field] && !(isMasked(before[field]) && value === undefined))) : Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '' && value !== null));
    const body = { ...fields, ...customBody(custom, contact && open) };
    const path = `customers/${customer.id}/contacts`;
    if ((await execute({ method: contact ? 'PATCH' : 'POST', path: contact ? `${path}/${contact.id}` : path, body, done: t('saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={contact ? t('contact.edit', { name: contact.name }) : t('contact.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} width={560}>
      <Form<Contact> name="contact" form={form} layout="vertical" initialValues={contact && { ...contact, birthday: isMasked(contact.birthday) ? undefined : contact.birthday, custom: open }} onFinish={(values) => void submit(values)} onValuesChange={(_, values) => setEntered(values)}>
        <div className="create__grid">
          <Form.Item name="name" label={t('contactField.name')} rules={[{ required: true, whitespace: true, message: t('contact.nameRequired') }]}><Input maxLength={100} autoFocus autoComplete="off" /></Form.Item>
          <Form.Item name="position" label={t('contactField.position')}><Input maxLength={100} /></Form.Item>
          <Form.Item name="phone" label={t('contactField.phone')}><Input type="tel" maxLength={40} autoComplete="off" /></Form.Item>
          <Form.Item name="email" label={t('contactField.email')} rules={[{ type: 'email', message: t('emailInvalid') }]}><Input type="email" maxLength={254} autoComplete="off" /></Form.Item>
          <Form.Item name="decisionRole" label={t('contactField.decisionRole')}><Select allowClear options={['decisionMaker', 'influencer', 'user', 'gatekeeper'].map((role) => ({ value: t(`decisionRole.${role}`), label: t(`decisionRole.${role}`) }))} /></Form.Item>
          <Form.Item name="birthday" label={t('contactField.birthday')} extra={contact && isMasked(contact.birthday) ? contact.birthday : undefined}><DateField style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="idNumber" label={t('field.idNumber')}><Input maxLength={30} autoComplete="off" /></Form.Item>
          <CustomFormItems target="contacts" record={entered} />
          <Form.Item name="isPrimary" valuePropName="checked"><Checkbox>{t('contact.isPrimary')}</Checkbox></Form.Item>
          {contact ? <Form.Item name="leftAt" label={t('contact.left')}><DateField style={{ width: '100%' }} /></Form.Item> : null}
        </div>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ContactDialog;
