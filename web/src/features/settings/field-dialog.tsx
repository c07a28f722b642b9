import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { CustomField, CustomFieldChoice, CustomFieldType } from '@/lib/api-types';
import { useFieldWords, type CustomTarget } from '@/lib/fields';
import { useRuleValues } from './rule-values';

interface Values {
  key?: string; type: CustomFieldType; referenceTo?: string; unique?: boolean; zh: string; en: string; group?: string; order?: number; helpZh?: string; helpEn?: string;
  choices?: Partial<CustomFieldChoice>[]; required?: boolean; personal?: boolean; pattern?: string; min?: number; max?: number; conditionField?: string; conditionValues?: string[];
}
const types: CustomFieldType[] = ['text', 'number', 'money', 'date', 'choice', 'multiChoice', 'boolean', 'reference'];
const deciders: Record<CustomTarget, string[]> = { customers: ['kind', 'lifecycle', 'tier', 'industry', 'size', 'source'], contacts: ['position', 'decisionRole', 'isPrimary'], opportunities: ['stage', 'stageKind'], tickets: ['channel', 'type', 'priority', 'status'] };

/** Defines a field or changes what can be changed of it. Key, type and uniqueness are settled once. */
const FieldDialog = ({ target, field, fields, onClose }: { target: CustomTarget; field?: CustomField; fields: CustomField[]; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const words = useFieldWords();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const type = Form.useWatch('type', form) ?? field?.type ?? 'text';
  const condition = Form.useWatch('conditionField', form);
  const ruleValues = useRuleValues();
  const others = fields.filter((each) => each.id !== field?.id);
  const deciding = others.find((each) => `custom.${each.key}` === condition);
  const choosable = type === 'choice' || type === 'multiChoice';
  const ranged = type === 'text' || type === 'number' || type === 'money';
  const valuesOf = deciding?.choices.length ? deciding.choices.map((choice) => ({ value: choice.code, label: words.label(choice) }))
    : deciding?.type === 'boolean' ? [{ value: 'true', label: t('common:yes') }, { value: 'false', label: t('common:no') }]
    : condition ? ruleValues(condition) : [];

  const save = async (values: Values) => {
    const changeable = {
      zh: values.zh, en: values.en, group: values.group || null, order: values.order ?? undefined, helpZh: values.helpZh || null, helpEn: values.helpEn || null, required: values.required ?? false, personal: values.personal ?? false,
      choices: choosable ? (values.choices ?? []).map((choice) => ({ code: choice.code, zh: choice.zh, en: choice.en || choice.zh, retired: choice.retired ?? false })) : undefined,
      pattern: type === 'text' ? values.pattern || null : undefined, min: ranged ? values.min ?? null : undefined, max: ranged ? values.max ?? null : undefined,
      visibleWhen: values.conditionField ? { field: values.conditionField, values: values.conditionValues ?? [] } : null,
    };
    const body = field ? changeable : { target, key: values.key, type: values.type, referenceTo: type === 'reference' ? values.referenceTo : undefined, unique: values.unique ?? false, ...changeable };
    if ((await execute({ method: field ? 'PATCH' : 'POST', path: field ? `custom-fields/${field.id}` : 'custom-fields', body, version: field?.version, done: t('saved') })) !== undefined) onClose();
  };
  const initial: Partial<Values> = field ? {
    ...field, group: field.group ?? undefined, helpZh: field.helpZh ?? undefined, helpEn: field.helpEn ?? undefined, pattern: field.pattern ?? undefined, min: field.min ?? undefined, max: field.max ?? undefined,
    referenceTo: field.referenceTo ?? undefined, conditionField: field.visibleWhen?.field, conditionValues: field.visibleWhen?.values,
  } : { type: 'text' };
  const required = [{ required: true, whitespace: true, message: t('required') }];
  return (
    <Modal open width={720} title={field ? t('fields.edit', { name: words.label(field) }) : t('fields.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> name="custom-field" form={form} layout="vertical" initialValues={initial} onFinish={(values) => void save(values)}>
        <div className="settings__grid">
          <Form.Item name="zh" label={t('fields.zh')} rules={required}><Input maxLength={60} autoFocus autoComplete="off" /></Form.Item>
          <Form.Item name="en" label={t('fields.en')} rules={required}><Input maxLength={60} autoComplete="off" /></Form.Item>
          <Form.Item name="key" label={t('fields.key')} extra={t('fields.keyHint')} rules={field ? [] : [{ required: true, pattern: /^[A-Za-z][A-Za-z0-9_]{0,39}$/, message: t('fields.keyHint') }]}><Input maxLength={40} disabled={Boolean(field)} autoComplete="off" /></Form.Item>
          <Form.Item name="type" label={t('fields.type')}><Select disabled={Boolean(field)} options={types.map((each) => ({ value: each, label: t(`fields.types.${each}`) }))} /></Form.Item>
          {type === 'reference' ? <Form.Item name="referenceTo" label={t('fields.referenceTo')} rules={[{ required: true, message: t('required') }]}><Select disabled={Boolean(field)} options={['customers', 'users', 'opportunities', 'products'].map((each) => ({ value: each, label: t(`fields.references.${each}`) }))} /></Form.Item> : null}
          <Form.Item name="group" label={t('fields.group')}><Input maxLength={60} /></Form.Item>
          <Form.Item name="order" label={t('fields.order')}><InputNumber min={0} max={10000} precision={0} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="helpZh" label={t('fields.helpZh')}><Input maxLength={300} /></Form.Item>
          <Form.Item name="helpEn" label={t('fields.helpEn')}><Input maxLength={300} /></Form.Item>
          {type === 'text' ? <Form.Item name="pattern" className="settings__whole" label={t('fields.pattern')} extra={t('fields.patternHint')}><Input maxLength={200} autoComplete="off" /></Form.Item> : null}
          {ranged ? <Form.Item name="min" label={t(type === 'text' ? 'fields.minLength' : 'fields.min')}><InputNumber style={{ width: '100%' }} /></Form.Item> : null}
          {ranged ? <Form.Item name="max" label={t(type === 'text' ? 'fields.maxLength' : 'fields.max')}><InputNumber style={{ width: '100%' }} /></Form.Item> : null}
          <Form.Item name="conditionField" className={condition ? undefined : 'settings__whole'} label={t('fields.visibleWhen')}>
            <Select allowClear options={[...deciders[target].map((each) => ({ value: each, label: t(`fields.builtIn.${each}`) })), ...others.map((each) => ({ value: `custom.${each.key}`, label: words.label(each) }))]} onChange={() => form.setFieldValue('conditionValues', [])} />
          </Form.Item>
          {condition ? <Form.Item name="conditionValues" label={t('fields.visibleValues')} rules={[{ required: true, type: 'array', min: 1, message: t('required') }]}><Select mode="tags" options={valuesOf} /></Form.Item> : null}
        </div>
        <Form.Item name="required" valuePropName="checked"><Checkbox>{t('fields.requiredText')}</Checkbox></Form.Item>
        {(target === 'customers' || target === 'contacts') && (type === 'text' || type === 'date') ? <Form.Item name="personal" valuePropName="checked"><Checkbox>{t('fields.personalText')}</Checkbox></Form.Item> : null}
        {target !== 'contacts' && (type === 'text' || type === 'number') ? <Form.Item name="unique" valuePropName="checked"><Checkbox disabled={Boolean(field)}>{t('fields.uniqueText')}</Checkbox></Form.Item> : null}
        {choosable ? (
          <Form.List name="choices" rules={[{ validator: async (_, list: unknown[]) => { if (!list?.length) throw new Error(t('fields.choiceRequired')); } }]}>
            {(rows, { add, remove }, { errors }) => (
              <fieldset className="settings__choices">
                <legend>{t('fields.choices')}</legend>
                {rows.map((row, index) => {
                  const kept = field?.choices.some((choice) => choice.code === (form.getFieldValue(['choices', row.name, 'code']) as string));
                  return (
                    <div key={row.key} className="settings__choice">
                      <Form.Item name={[row.name, 'code']} rules={required} noStyle><Input disabled={kept} maxLength={40} placeholder={t('fields.choiceCode')} aria-label={`${t('fields.choiceCode')} ${index + 1}`} /></Form.Item>
                      <Form.Item name={[row.name, 'zh']} rules={required} noStyle><Input maxLength={60} placeholder={t('fields.zh')} aria-label={`${t('fields.zh')} ${index + 1}`} /></Form.Item>
                      <Form.Item name={[row.name, 'en']} noStyle><Input maxLength={60} placeholder={t('fields.en')} aria-label={`${t('fields.en')} ${index + 1}`} /></Form.Item>
                      {kept
                        ? <Form.Item name={[row.name, 'retired']} valuePropName="checked" noStyle><Checkbox>{t('fields.retire')}</Checkbox></Form.Item>
                        : <Button type="text" icon={<DeleteOutlined />} aria-label={t('fields.dropChoice', { number: index + 1 })} onClick={() => remove(row.name)} />}
                    </div>
                  );
                })}
                <Button size="small" icon={<PlusOutlined />} onClick={() => add({})}>{t('fields.addChoice')}</Button>
                <Form.ErrorList errors={errors} />
              </fieldset>
            )}
          </Form.List>
        ) : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default FieldDialog;
