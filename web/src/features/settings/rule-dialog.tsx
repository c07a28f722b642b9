import { Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { ValidationRule } from '@/lib/api-types';
import { useCustomFields, useFieldWords, type CustomTarget } from '@/lib/fields';
import { useRuleValues } from './rule-values';

type Values = Pick<ValidationRule, 'zh' | 'en' | 'when' | 'value' | 'field' | 'check' | 'pattern' | 'length' | 'messageZh' | 'messageEn' | 'active'> & { values?: string[] };
const builtIn: Record<CustomTarget, string[]> = {
  customers: ['name', 'shortName', 'tier', 'industry', 'size', 'source', 'phone', 'email', 'address', 'website', 'needs', 'idNumber', 'bankCard', 'ownerId', 'parentId', 'contacts'],
  contacts: ['name', 'position', 'decisionRole', 'phone', 'email', 'birthday', 'idNumber'],
  opportunities: ['name', 'customerId', 'amount', 'probability', 'expectedCloseDate', 'ownerId', 'lostReason', 'competitors', 'decisionMakers', 'lines', 'nextStep'],
  tickets: ['subject', 'description', 'customerId', 'contactId', 'type', 'assigneeId', 'score'],
};
const whens: Record<CustomTarget, ValidationRule['when'][]> = { customers: ['always', 'lifecycle', 'kind'], contacts: ['always'], opportunities: ['always', 'stage'], tickets: ['always', 'status'] };
const checks: ValidationRule['check'][] = ['required', 'pattern', 'minLength', 'oneOf', 'mobile', 'idNumber'];

const RuleDialog = ({ target, rule, onClose }: { target: CustomTarget; rule?: ValidationRule; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const words = useFieldWords();
  const fields = useCustomFields(target);
  const ruleValues = useRuleValues();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const when = Form.useWatch('when', form) ?? rule?.when ?? 'always';
  const check = Form.useWatch('check', form) ?? rule?.check ?? 'required';
  const save = async (values: Values) => {
    const body = { ...values, ...(rule ? {} : { target }), value: when === 'always' ? undefined : values.value, pattern: check === 'pattern' ? values.pattern : undefined, length: check === 'minLength' ? values.length : undefined, values: check === 'oneOf' ? values.values : undefined, active: values.active ?? true };
    if ((await execute({ method: rule ? 'PUT' : 'POST', path: rule ? `validation-rules/${rule.id}` : 'validation-rules', body, version: rule?.version, done: t('saved') })) !== undefined) onClose();
  };
  const required = [{ required: true, message: t('required') }];
  return (
    <Modal open width={640} title={rule ? t('rules.edit', { name: words.label(rule) }) : t('rules.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="rule" form={form} layout="vertical" initialValues={rule ?? { when: target === 'customers' ? 'lifecycle' : 'always', value: target === 'customers' ? 'won' : undefined, check: 'required', active: true }} onFinish={(values) => void save(values)}>
        <div className="settings__grid">
          <Form.Item name="zh" label={t('rules.zh')} rules={required}><Input maxLength={100} autoFocus autoComplete="off" /></Form.Item>
          <Form.Item name="en" label={t('rules.en')} rules={required}><Input maxLength={100} autoComplete="off" /></Form.Item>
          <Form.Item name="when" label={t('rules.when')}><Select options={whens[target].map((each) => ({ value: each, label: t(`rules.whens.${each}`) }))} onChange={() => form.setFieldValue('value', undefined)} /></Form.Item>
          {when === 'always' ? null : <Form.Item name="value" label={t('rules.value')} rules={required}><Select options={ruleValues(when)} /></Form.Item>}
          <Form.Item name="field" label={t('rules.field')} rules={required}>
            <Select showSearch={{ optionFilterProp: 'label' }} options={[...builtIn[target].map((each) => ({ value: each, label: t(`rules.fields.${each}`) })), ...fields.map((field) => ({ value: `custom.${field.key}`, label: words.label(field) }))]} />
          </Form.Item>
          <Form.Item name="check" label={t('rules.check')}><Select options={checks.map((each) => ({ value: each, label: t(`rules.checks.${each}`) }))} /></Form.Item>
          {check === 'pattern' ? <Form.Item name="pattern" label={t('fields.pattern')} extra={t('fields.patternHint')} rules={required}><Input maxLength={200} autoComplete="off" /></Form.Item> : null}
          {check === 'minLength' ? <Form.Item name="length" label={t('fields.minLength')} rules={required}><InputNumber min={1} max={2000} precision={0} style={{ width: '100%' }} /></Form.Item> : null}
          {check === 'oneOf' ? <Form.Item name="values" label={t('rules.values')} rules={required}><Select mode="tags" /></Form.Item> : null}
        </div>
        <Form.Item name="messageZh" label={t('rules.messageZh')} rules={required}><Input maxLength={300} /></Form.Item>
        <Form.Item name="messageEn" label={t('rules.messageEn')} rules={required}><Input maxLength={300} /></Form.Item>
        <Form.Item name="active" valuePropName="checked"><Checkbox>{t('rules.active')}</Checkbox></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default RuleDialog;
