import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Segmented, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { ValidationRule } from '@/lib/api-types';
import { useCustomFields, useFieldWords, type CustomTarget } from '@/lib/fields';
import { useList } from '@/lib/lists';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';
import { targets } from './fields';
import { useRuleValues } from './rule-values';

const RuleDialog = lazy(() => import('./rule-dialog'));

/** The organisation's own rules about records; what is built in, such as the form of a mobile number, holds beside them. */
export const Rules = () => {
  const { t } = useTranslation('settings');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const words = useFieldWords();
  const [target, setTarget] = useState<CustomTarget>('customers');
  const fields = useCustomFields(target);
  const ruleValues = useRuleValues();
  const [editing, setEditing] = useState<ValidationRule | 'new'>();
  const query = useList<ValidationRule>('validation-rules', { limit: 200, filter: `target = "${target}"` });
  const change = can('validation-rules.change');
  const fieldName = (name: string) => { const own = fields.find((field) => `custom.${field.key}` === name); return own ? words.label(own) : t(`rules.fields.${name}`); };

  const drop = (rule: ValidationRule) => modal.confirm({
    title: t('rules.removeTitle', { name: words.label(rule) }), okText: t('rules.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `validation-rules/${rule.id}`, done: t('rules.removed') }).catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); }),
  });
  const actions = (rule: ValidationRule) => (change ? (
    <>
      <Button type="link" size="small" onClick={() => setEditing(rule)} aria-label={t('rules.edit', { name: words.label(rule) })}>{t('edit')}</Button>
      <Button type="link" size="small" danger onClick={() => drop(rule)} aria-label={t('rules.removeTitle', { name: words.label(rule) })}>{t('rules.remove')}</Button>
    </>
  ) : null);
  const when = (rule: ValidationRule) => (rule.when === 'always' ? t('rules.whens.always') : t(`rules.whenOf.${rule.when}`, { value: ruleValues(rule.when).find((each) => each.value === rule.value)?.label ?? rule.value }));
  const add = change ? <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('rules.add')}</Button> : null;
  const columns: Column<ValidationRule>[] = [
    { key: 'name', title: t('rules.name'), width: 220, render: (rule) => <>{words.label(rule)} {rule.active ? null : <Tag>{t('rules.inactive')}</Tag>}</> },
    { key: 'when', title: t('rules.when'), width: 180, render: when },
    { key: 'field', title: t('rules.field'), width: 140, render: (rule) => fieldName(rule.field) },
    { key: 'check', title: t('rules.check'), width: 120, render: (rule) => t(`rules.checks.${rule.check}`) },
    { key: 'actions', title: '', width: 150, align: 'right', render: actions },
  ];
  return (
    <>
      <p className="muted" style={{ padding: '8px 20px 0' }}>{t('rules.text')}</p>
      <div className="settings__tools">
        <Segmented aria-label={t('fields.target')} value={target} onChange={(next) => setTarget(next)} options={targets.map((each) => ({ value: each, label: t(`fields.targets.${each}`) }))} />
        {add}
      </div>
      <DataList<ValidationRule>
        label={t('rules.title')} query={query} rowKey={(rule) => rule.id} columns={columns} empty={<EmptyState title={t('rules.none')} description={t('rules.noneText')} action={add} />}
        card={(rule) => <div className="settings__card"><b>{words.label(rule)}</b><span>{when(rule)} · {fieldName(rule.field)} · {t(`rules.checks.${rule.check}`)}</span><span>{actions(rule)}</span></div>}
      />
      <Suspense fallback={null}>{editing ? <RuleDialog target={target} rule={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
