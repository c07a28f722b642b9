import { Form, Input, InputNumber, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Retention } from './types';

interface Values { mode: 'forever' | 'years'; years?: number; reason?: string }

/** For how long the log is kept: for ever, or at least a year. */
const RetentionDialog = ({ retention, onClose }: { retention: Retention; onClose: () => void }) => {
  const { t } = useTranslation('audit');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const mode = Form.useWatch('mode', form) ?? (retention.years ? 'years' : 'forever');
  const submit = async ({ years, reason }: Values) => {
    if ((await execute({ method: 'PUT', path: 'operation-log/retention', body: { years: mode === 'years' ? years : null, reason: reason?.trim() || undefined }, done: t('retention.saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={t('retention.title')} okText={t('common:save')} okButtonProps={{ danger: mode === 'years' }} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <p className="audit-explain">{t('retention.text')}</p>
      <Form form={form} layout="vertical" initialValues={{ mode: retention.years ? 'years' : 'forever', years: retention.years ?? 3 }} onFinish={(values) => void submit(values)}>
        <Form.Item name="mode" label={t('retention.keep')}><Radio.Group options={[{ value: 'forever', label: t('retention.forever') }, { value: 'years', label: t('retention.someYears') }]} /></Form.Item>
        {mode === 'years' ? <Form.Item name="years" label={t('retention.years')} rules={[{ required: true, message: t('retention.atLeast') }]}><InputNumber min={1} max={100} precision={0} /></Form.Item> : null}
        <Form.Item name="reason" label={t('column.reason')}><Input.TextArea maxLength={1000} autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default RetentionDialog;
