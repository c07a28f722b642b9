import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Attachment, AttachmentKind } from '@/lib/api-types';
import { useAttachmentKinds } from './words';

interface Values { name: string; kind: AttachmentKind }

/** Another name or kind; the content stays what it is. */
const AttachmentDialog = ({ customerId, attachment, onClose }: { customerId: string; attachment: Attachment; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const kinds = useAttachmentKinds();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const submit = async (values: Values) => {
    if ((await execute({ method: 'PATCH', path: `customers/${customerId}/attachments/${attachment.id}`, body: values, done: t('saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={t('attachment.editTitle')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="attachment" form={form} layout="vertical" initialValues={{ name: attachment.name, kind: attachment.kind }} onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('attachment.name')} rules={[{ required: true, whitespace: true, message: t('attachment.nameRequired') }]}><Input maxLength={200} autoFocus /></Form.Item>
        <Form.Item name="kind" label={t('attachment.kindLabel')}><Select options={kinds} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default AttachmentDialog;
