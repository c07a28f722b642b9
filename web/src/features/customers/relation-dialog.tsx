import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { CustomerSelect } from '@/components/selects';
import type { Customer, CustomerRelation, RelationKind } from '@/lib/api-types';

const business: RelationKind[] = ['partner', 'supplier', 'client', 'shareholder', 'investee', 'referrer', 'referred'];
const ofPerson: RelationKind[] = ['employer', 'spouse', 'parent', 'child'];
interface Values { otherId?: string; kind?: RelationKind; label?: string; from?: string | null; to?: string | null; note?: string }

/** Who the other one is to this customer, since when and until when. */
const RelationDialog = ({ customer, relation, onClose }: { customer: Customer; relation?: CustomerRelation; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const [form] = Form.useForm<Values>();
  const { busy, error, execute } = useCommandState();
  const kind = Form.useWatch('kind', form);
  const kinds: RelationKind[] = [...business, ...(customer.kind === 'person' ? ofPerson : []), 'employee', 'other'];
  const submit = async (values: Values) => {
    const before = relation as Record<string, unknown> | undefined;
    const sent = Object.entries(values).map(([field, value]) => [field, value === '' || value === undefined ? null : value] as const);
    const body = Object.fromEntries(sent.filter(([field, value]) => (before ? value !== (before[field] ?? null) : value !== null)));
    const path = `customers/${customer.id}/relations`;
    if ((await execute({ method: relation ? 'PATCH' : 'POST', path: relation ? `${path}/${relation.id}` : path, body, done: t('saved') })) !== undefined) onClose();
  };
  const required = (message: string) => [{ required: true, message }];
  return (
    <Modal open title={relation ? t('relation.edit', { name: relation.otherName ?? t('relation.hidden') }) : t('relation.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="relation" form={form} layout="vertical" initialValues={relation && { kind: relation.kind, label: relation.label ?? undefined, from: relation.from, to: relation.to, note: relation.note ?? undefined }} onFinish={(values) => void submit(values)}>
        {relation ? null : <Form.Item name="otherId" label={t('relation.other')} rules={required(t('relation.otherRequired'))}><CustomerSelect autoFocus /></Form.Item>}
        <Form.Item name="kind" label={t('relation.kindOf', { name: customer.name })} rules={required(t('relation.kindRequired'))}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={kinds.map((each) => ({ value: each, label: t(`relation.kind.${each}`) }))} />
        </Form.Item>
        {relation?.erased ? null : <Form.Item name="label" label={t('relation.label')} rules={kind === 'other' ? [{ required: true, whitespace: true, message: t('relation.labelRequired') }] : []}><Input maxLength={50} placeholder={t('relation.labelHint')} /></Form.Item>}
        <div className="create__grid">
          <Form.Item name="from" label={t('relation.from')}><DateField style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="to" label={t('relation.to')}><DateField style={{ width: '100%' }} /></Form.Item>
        </div>
        {relation?.erased ? <p className="muted">{t('relation.erased')}</p> : <Form.Item name="note" label={t('relation.note')}><Input.TextArea maxLength={1000} autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default RelationDialog;
