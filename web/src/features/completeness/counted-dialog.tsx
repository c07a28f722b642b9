import { useQuery } from '@tanstack/react-query';
import { Form, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { CompletenessSettings } from '@/lib/api-types';
import { useCustomFields, useFieldWords } from '@/lib/fields';
import { get } from '@/lib/http';
import { usePlace } from './place';

interface Values { company: string[]; person: string[]; target: number }

/** Settles what counts; the scores of all customers follow at once. */
const CountedDialog = ({ onClose }: { onClose: () => void }) => {
  const { t } = useTranslation('completeness');
  const place = usePlace();
  const words = useFieldWords();
  const fields = useCustomFields('customers');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const settings = useQuery({ queryKey: ['completeness-settings'], queryFn: ({ signal }) => get<CompletenessSettings>('completeness-settings', undefined, signal) });
  const options = [...(settings.data?.places ?? []).map((each) => ({ value: each, label: place(each) })), ...fields.filter((field) => !field.retired).map((field) => ({ value: `custom.${field.key}`, label: words.label(field) }))];
  const save = async (values: Values) => {
    if ((await execute({ method: 'PUT', path: 'completeness-settings', body: { ...values, target: values.target / 100 }, done: t('saved'), refresh: [['customers']] })) !== undefined) onClose();
  };
  const rules = [{ required: true, type: 'array' as const, min: 1, message: t('countedRequired') }];
  return (
    <Modal open title={t('settle')} okText={t('common:save')} confirmLoading={busy} loading={settings.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {settings.data ? (
        <Form<Values> name="counted" form={form} layout="vertical" initialValues={{ company: settings.data.company, person: settings.data.person, target: Math.round(settings.data.target * 100) }} onFinish={(values) => void save(values)}>
          <Form.Item name="company" label={t('ofCompany')} rules={rules}><Select mode="multiple" options={options} /></Form.Item>
          <Form.Item name="person" label={t('ofPerson')} rules={rules}><Select mode="multiple" options={options} /></Form.Item>
          <Form.Item name="target" label={t('target')} rules={[{ required: true, message: t('countedRequired') }]}><InputNumber min={1} max={100} precision={0} suffix="%" /></Form.Item>
        </Form>
      ) : null}
      <ProblemAlert error={error ?? settings.error} />
    </Modal>
  );
};
export default CountedDialog;
