import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { AutoComplete, Button, Form, Input, InputNumber, Modal, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Tag, TagCondition, TagConditionKind, TagCounts } from '@/lib/api-types';
import { send } from '@/lib/http';
import { dimensions, useTags } from '@/lib/tags';
import { MonthCounts } from './month-counts';
import { useDimension } from './tag-words';

interface Values { name: string; dimension: string; color: string; computed: boolean; conditions?: TagCondition[] }
const kinds: TagConditionKind[] = ['wonAmount', 'ticketsOpened', 'openTickets', 'openOpportunities', 'followUpOverdue', 'lifecycle'];
const colors = ['default', 'blue', 'green', 'gold', 'orange', 'red', 'purple', 'cyan'];
const types = ['consultation', 'fault', 'complaint', 'afterSales', 'suggestion'];
const counts = (kind: TagConditionKind) => kind !== 'followUpOverdue' && kind !== 'lifecycle';
const looks = (kind: TagConditionKind) => kind === 'wonAmount' || kind === 'ticketsOpened';
const lists = (kind: TagConditionKind) => kind === 'ticketsOpened' || kind === 'openTickets' || kind === 'lifecycle';
const fresh: Record<TagConditionKind, TagCondition> = {
  wonAmount: { kind: 'wonAmount', atLeast: 100000, days: 365 }, ticketsOpened: { kind: 'ticketsOpened', atLeast: 3, days: 90 }, openTickets: { kind: 'openTickets', atLeast: 1 },
  openOpportunities: { kind: 'openOpportunities', atLeast: 1 }, followUpOverdue: { kind: 'followUpOverdue', times: 2 }, lifecycle: { kind: 'lifecycle', values: ['won'] },
};
/** Only what the kind takes: the form keeps fields of a kind that was chosen before. */
const trimmed = (condition: TagCondition): TagCondition => ({
  kind: condition.kind, ...(counts(condition.kind) ? { atLeast: condition.atLeast } : {}), ...(looks(condition.kind) ? { days: condition.days } : {}),
  ...(condition.kind === 'followUpOverdue' ? { times: condition.times } : {}), ...(lists(condition.kind) && condition.values?.length ? { values: condition.values } : {}),
});

/** A tag, and the rule that gives it, with a look at whom it would be given. */
const TagDialog = ({ tag, onClose }: { tag?: Tag; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const [preview, setPreview] = useState<TagCounts>();
  const [looking, setLooking] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const word = useDimension();
  const known = [...new Set([...dimensions, ...(useTags().data ?? []).map((each) => each.dimension)])];
  const code = (text: string) => known.find((each) => word(each) === text.trim()) ?? text.trim();
  const computed = Form.useWatch('computed', form) ?? Boolean(tag?.conditions);

  const submit = async (values: Values) => {
    const conditions = values.computed ? values.conditions?.map(trimmed) : undefined;
    const body = { name: values.name.trim(), dimension: code(values.dimension), color: values.color, ...(conditions ? { conditions } : {}) };
    const saved = await execute({ method: tag ? 'PATCH' : 'POST', path: tag ? `tags/${tag.id}` : 'tags', body, version: tag?.version, done: t('saved'), refresh: [['customers']] });
    if (saved !== undefined) onClose();
  };
  const look = async () => {
    setLooking(true);
    setFault(undefined);
    try {
      const { conditions } = await form.validateFields(['conditions'], { recursive: true });
      setPreview((await send<TagCounts>('POST', 'tags/preview', { body: { conditions: (conditions ?? []).map(trimmed) }, reads: true })).data);
    } catch (problem) {
      if (problem instanceof Error) setFault(problem);
    } finally {
      setLooking(false);
    }
  };
  const required = [{ required: true, message: t('required') }];

  return (
    <Modal open width={640} title={tag ? t('tags.edit', { name: tag.name }) : t('tags.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values>
        name="tag" form={form} layout="vertical" onFinish={(values) => void submit(values)} onValuesChange={() => setPreview(undefined)}
        initialValues={{ name: tag?.name, dimension: tag ? word(tag.dimension) : word('need'), color: tag?.color ?? 'blue', computed: Boolean(tag?.conditions), conditions: tag?.conditions ?? [fresh.wonAmount] }}
      >
        <Form.Item name="name" label={t('tags.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={50} autoComplete="off" autoFocus /></Form.Item>
        <Form.Item name="dimension" label={t('tags.dimension')} extra={t('tags.dimensionHelp')} rules={[{ required: true, whitespace: true, message: t('required') }]}>
          <AutoComplete options={known.map((each) => ({ value: word(each) }))} maxLength={30} />
        </Form.Item>
        <Form.Item name="color" label={t('tags.color')}><Select options={colors.map((value) => ({ value, label: t(`tags.colors.${value}`) }))} /></Form.Item>
        <Form.Item name="computed" label={t('tags.kind')}><Segmented disabled={Boolean(tag)} options={[{ value: false, label: t('tags.hand') }, { value: true, label: t('tags.computed') }]} /></Form.Item>
        {computed ? (
          <fieldset className="tag-rule">
            <legend>{t('tags.conditions')}</legend>
            <Form.List name="conditions">
              {(fields, { add, remove }) => (
                <>
                  {fields.map(({ key, name }) => (
                    <div key={key} className="tag-rule__condition">
                      <Form.Item name={[name, 'kind']} noStyle>
                        <Select aria-label={t('tags.rule')} style={{ width: 150 }} options={kinds.map((value) => ({ value, label: t(`tags.condition.${value}`) }))} onChange={(kind: TagConditionKind) => form.setFieldValue(['conditions', name], fresh[kind])} />
                      </Form.Item>
                      <Form.Item noStyle shouldUpdate>
                        {() => {
                          const kind = (form.getFieldValue(['conditions', name, 'kind']) as TagConditionKind | undefined) ?? 'wonAmount';
                          return (
                            <>
                              {lists(kind) ? (
                                <Form.Item name={[name, 'values']} noStyle rules={kind === 'lifecycle' ? required : []}>
                                  <Select
                                    mode={kind === 'lifecycle' ? 'multiple' : 'tags'} aria-label={t('tags.values')} placeholder={t('tags.any')} style={{ minWidth: 160, flex: 1 }}
                                    options={(kind === 'lifecycle' ? ['potential', 'intent', 'won', 'lost'] : types).map((value) => ({ value, label: kind === 'lifecycle' ? t(`tags.lifecycle.${value}`) : t(`tags.type.${value}`) }))}
                                  />
                                </Form.Item>
                              ) : null}
                              {counts(kind) ? <Form.Item name={[name, 'atLeast']} noStyle rules={required}><InputNumber min={0.01} aria-label={t('tags.atLeast')} prefix="≥" style={{ width: 130 }} /></Form.Item> : null}
                              {looks(kind) ? <Form.Item name={[name, 'days']} noStyle rules={required}><InputNumber min={1} max={3660} precision={0} aria-label={t('tags.days')} suffix={t('tags.days')} style={{ width: 120 }} /></Form.Item> : null}
                              {kind === 'followUpOverdue' ? <Form.Item name={[name, 'times']} noStyle rules={required}><InputNumber min={0.1} max={100} aria-label={t('tags.times')} suffix={t('tags.times')} style={{ width: 150 }} /></Form.Item> : null}
                            </>
                          );
                        }}
                      </Form.Item>
                      {fields.length > 1 ? <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('tags.dropCondition')} onClick={() => remove(name)} /> : null}
                    </div>
                  ))}
                  <div className="settings__actions">
                    {fields.length < 5 ? <Button size="small" icon={<PlusOutlined />} onClick={() => add(fresh.lifecycle)}>{t('tags.addCondition')}</Button> : null}
                    <Button size="small" loading={looking} onClick={() => void look()}>{t('tags.preview')}</Button>
                  </div>
                </>
              )}
            </Form.List>
            {preview ? <><p role="status"><b>{t('tags.previewNow', { count: preview.now })}</b></p><MonthCounts counts={preview} /></> : null}
            <ProblemAlert error={fault} />
          </fieldset>
        ) : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default TagDialog;
