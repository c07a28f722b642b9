import { SaveOutlined, UnorderedListOutlined } from '@ant-design/icons';
import { App, Button, Checkbox, Drawer, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCommand, useCommandState } from '@/components/command';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import type { Customer, Page, Segment } from '@/lib/api-types';
import { equals } from '@/lib/filter';
import { get } from '@/lib/http';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';
import { useSegments } from '@/lib/tags';

const SaveDialog = ({ filter, onSaved, onClose }: { filter: string; onSaved: (id: string) => void; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ name: string; shared?: boolean }>();
  const submit = async (values: { name: string; shared?: boolean }) => {
    const saved = await execute<Segment>({ path: 'segments', body: { name: values.name.trim(), filter, shared: values.shared ?? false }, done: t('segment.saved') });
    if (saved !== undefined) onSaved(saved.id);
  };
  return (
    <Modal open title={t('segment.saveAs')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form name="segment" form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="name" label={t('segment.name')} rules={[{ required: true, whitespace: true, message: t('segment.name') }]}><Input maxLength={100} autoComplete="off" autoFocus /></Form.Item>
        <Form.Item name="shared" valuePropName="checked"><Checkbox>{t('segment.shared')}</Checkbox></Form.Item>
        <p className="muted">{filter}</p>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

const Count = ({ segment }: { segment: Segment }) => {
  const { t } = useTranslation('customers');
  const filter = equals('segment', segment.id);
  const query = useQuery({ queryKey: ['customers', 'segment-count', segment.id, segment.version], queryFn: ({ signal }) => get<Page<Customer>>('customers', { filter, limit: 1, fields: 'id', count: 'exact' }, signal) });
  return query.data ? t('segment.count', { count: query.data.count ?? 0 }) : '…';
};

const Manage = ({ onOpen, onClose }: { onOpen: (id: string) => void; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const segments = useSegments();
  const say = (error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); };
  const turn = (segment: Segment, what: 'freeze' | 'thaw') => void run({ path: `segments/${segment.id}/${what}`, done: t('segment.saved'), refresh: [['customers']] }).catch(say);
  const drop = (segment: Segment) => modal.confirm({
    title: t('segment.removeTitle', { name: segment.name }), content: t('segment.removeText'), okText: t('segment.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `segments/${segment.id}` }).catch(say),
  });
  return (
    <Drawer open title={t('segment.title')} onClose={onClose} size="large">
      <ProblemAlert error={segments.error} />
      {segments.data?.length === 0 ? <EmptyState title={t('segment.none')} description={t('segment.noneText')} /> : null}
      <ul className="segments" aria-label={t('segment.title')}>
        {(segments.data ?? []).map((segment) => (
          <li key={segment.id}>
            <div>
              <b>{segment.name}</b> <span className="muted"><Count segment={segment} /> · {segment.frozenAt ? t('segment.frozen', { count: segment.frozenCount ?? 0 }) : t('segment.live')} · {segment.shared ? t('segment.everybody') : t('segment.private')}</span>
              <div className="muted segments__filter">{segment.filter}</div>
            </div>
            <div>
              <Button type="link" size="small" onClick={() => onOpen(segment.id)} aria-label={`${t('segment.open')} ${segment.name}`}>{t('segment.open')}</Button>
              {can('segments.change') ? <Button type="link" size="small" title={t('segment.freezeText')} onClick={() => turn(segment, segment.frozenAt ? 'thaw' : 'freeze')} aria-label={`${t(segment.frozenAt ? 'segment.thaw' : 'segment.freeze')} ${segment.name}`}>{t(segment.frozenAt ? 'segment.thaw' : 'segment.freeze')}</Button> : null}
              {can('segments.delete') ? <Button type="link" size="small" danger onClick={() => drop(segment)} aria-label={t('segment.removeTitle', { name: segment.name })}>{t('segment.remove')}</Button> : null}
            </div>
          </li>
        ))}
      </ul>
    </Drawer>
  );
};

interface ToolsProps { segment?: string; filter?: string; onChange: (segment: string | undefined) => void; onOpen: (segment: string) => void }

/** Choosing a saved group of customers, saving the filters of the list as one, and looking after those there are. */
export const SegmentTools = ({ segment, filter, onChange, onOpen }: ToolsProps) => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const segments = useSegments();
  const [saving, setSaving] = useState(false);
  const [managing, setManaging] = useState(false);
  if (!can('segments.view')) return null;
  return (
    <>
      <Select
        showSearch={{ optionFilterProp: 'label' }} allowClear placeholder={t('segment.title')} aria-label={t('filterBy', { field: t('segment.title') })} value={segment} loading={segments.isPending}
        options={(segments.data ?? []).map((each) => ({ value: each.id, label: each.name }))} onChange={(id: string | undefined) => onChange(id)}
      />
      {can('segments.create') ? <Button icon={<SaveOutlined />} disabled={!filter} title={filter ? t('segment.saveAs') : t('segment.needsFilter')} aria-label={t('segment.saveAs')} onClick={() => setSaving(true)} /> : null}
      <Button icon={<UnorderedListOutlined />} title={t('segment.manage')} aria-label={t('segment.manage')} onClick={() => setManaging(true)} />
      {saving && filter ? <SaveDialog filter={filter} onClose={() => setSaving(false)} onSaved={(id) => { setSaving(false); onOpen(id); }} /> : null}
      {managing ? <Manage onClose={() => setManaging(false)} onOpen={(id) => { setManaging(false); onOpen(id); }} /> : null}
    </>
  );
};
