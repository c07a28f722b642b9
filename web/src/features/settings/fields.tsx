import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Segmented, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { CustomField } from '@/lib/api-types';
import { useAllFields, useFieldWords } from '@/lib/fields';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';

const FieldDialog = lazy(() => import('./field-dialog'));
export const targets = ['customers', 'contacts', 'opportunities', 'tickets'] as const;

/** The organisation's own fields: they are there for everybody as soon as they are saved. */
export const Fields = () => {
  const { t } = useTranslation('settings');
  const { message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const words = useFieldWords();
  const [target, setTarget] = useState<(typeof targets)[number]>('customers');
  const [editing, setEditing] = useState<CustomField | 'new'>();
  const query = useAllFields();
  const all = (query.data ?? []).filter((field) => field.target === target).sort((a, b) => a.order - b.order || a.key.localeCompare(b.key));
  const change = can('custom-fields.change');

  const turn = (field: CustomField) => void run({ path: `custom-fields/${field.id}/${field.retired ? 'restore' : 'retire'}`, done: t('saved') })
    .catch((error: unknown) => message.error(isProblem(error) ? error.message : t('common:problem.unexpected')));
  const actions = (field: CustomField) => (change ? (
    <>
      <Button type="link" size="small" onClick={() => setEditing(field)} aria-label={t('fields.edit', { name: words.label(field) })}>{t('edit')}</Button>
      <Button type="link" size="small" onClick={() => turn(field)} aria-label={t(field.retired ? 'fields.restoreOf' : 'fields.retireOf', { name: words.label(field) })}>{t(field.retired ? 'fields.restore' : 'fields.retire')}</Button>
    </>
  ) : null);
  const marks = (field: CustomField) => (
    <>
      {field.required ? <Tag color="red">{t('fields.required')}</Tag> : null}
      {field.unique ? <Tag color="blue">{t('fields.unique')}</Tag> : null}
      {field.personal ? <Tag color="gold">{t('fields.personal')}</Tag> : null}
      {field.visibleWhen ? <Tag>{t('fields.conditional')}</Tag> : null}
      {field.retired ? <Tag color="default">{t('fields.retired')}</Tag> : null}
    </>
  );
  const add = change ? <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('fields.add')}</Button> : null;
  const columns: Column<CustomField>[] = [
    { key: 'name', title: t('fields.name'), width: 220, render: (field) => words.label(field) },
    { key: 'key', title: t('fields.key'), width: 160, render: (field) => <code>{field.key}</code> },
    { key: 'type', title: t('fields.type'), width: 120, render: (field) => t(`fields.types.${field.type}`) },
    { key: 'group', title: t('fields.group'), width: 140, render: (field) => field.group ?? <span className="muted">—</span> },
    { key: 'marks', title: t('fields.marks'), width: 220, render: marks },
    { key: 'actions', title: '', width: 150, align: 'right', render: actions },
  ];
  return (
    <>
      <div className="settings__tools">
        <Segmented aria-label={t('fields.target')} value={target} onChange={(next) => setTarget(next)} options={targets.map((each) => ({ value: each, label: t(`fields.targets.${each}`) }))} />
        {add}
      </div>
      <DataList<CustomField>
        label={t('fields.title')} rowKey={(field) => field.id} columns={columns} empty={<EmptyState title={t('fields.none')} description={t('fields.noneText')} action={add} />}
        query={{ rows: all, isPending: query.isPending, isFetching: query.isFetching, isPlaceholderData: false, error: query.error, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined, refetch: query.refetch }}
        card={(field) => <div className="settings__card"><b>{words.label(field)}</b><span><code>{field.key}</code> · {t(`fields.types.${field.type}`)}</span><span>{marks(field)}</span><span>{actions(field)}</span></div>}
      />
      <Suspense fallback={null}>{editing ? <FieldDialog target={target} field={editing === 'new' ? undefined : editing} fields={all} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
