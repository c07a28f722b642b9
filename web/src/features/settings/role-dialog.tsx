import { useQuery } from '@tanstack/react-query';
import { Checkbox, Form, Input, Modal, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { FieldLevel, RightScope, Role, RoleCatalogue } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';

const scopes: RightScope[] = ['own', 'department', 'departmentAndBelow', 'all'];
const levels: FieldLevel[] = ['change', 'read', 'masked', 'hidden'];

interface Values { code: string; name: string }

/** Items by the resource they are about, in the order in which resources first come. */
const byResource = <T,>(items: readonly T[], resource: (item: T) => string): [string, T[]][] =>
  [...new Set(items.map(resource))].map((each) => [each, items.filter((item) => resource(item) === each)]);

/** A role as a matrix: each resource with its actions and how far each reaches, and the fields of which less is shown. */
const RoleDialog = ({ role, copy, onClose }: { role?: Role; copy: boolean; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const [grants, setGrants] = useState(() => new Map(role?.grants.map((grant) => [grant.right, grant.scope])));
  const [fields, setFields] = useState(() => new Map(role?.fields.map((field) => [`${field.resource} ${field.field}`, field.level])));
  const catalogue = useQuery({ queryKey: ['roles', 'catalogue'], queryFn: ({ signal }) => get<RoleCatalogue>('roles/catalogue', undefined, signal), staleTime: Infinity });
  const fresh = !role || copy;
  const fixed = !fresh && (role.builtIn || !can('roles.change'));
  const name = role ? (role.builtIn ? t(`common:role.${role.code}`) : role.name) : '';

  const resources = useMemo(() => byResource(catalogue.data?.rights ?? [], (right) => right.right.split('.')[0]!), [catalogue.data]);
  const limitable = useMemo(() => {
    const known = (catalogue.data?.fields ?? []).map((field) => `${field.resource} ${field.field}`);
    return byResource([...new Set([...known, ...fields.keys()])], (key) => key.split(' ')[0]!);
  }, [catalogue.data, fields]);

  const grant = (right: string, scope: RightScope | undefined) => setGrants((before) => {
    const after = new Map(before);
    if (scope) after.set(right, scope);
    else after.delete(right);
    // Whoever may do something must be able to see it.
    const resource = right.split('.')[0]!;
    if (scope && !after.has(`${resource}.view`)) after.set(`${resource}.view`, scope);
    if (!scope && right === `${resource}.view`) for (const other of [...after.keys()]) if (other.startsWith(`${resource}.`)) after.delete(other);
    return after;
  });
  const submit = async (values: Values) => {
    const body = {
      ...(fresh ? { code: values.code } : {}), name: values.name, grants: [...grants].filter(([right]) => catalogue.data?.rights.some((each) => each.right === right)).map(([right, scope]) => ({ right, scope })),
      fields: [...fields].filter(([, level]) => level !== 'change').map(([key, level]) => ({ resource: key.split(' ')[0], field: key.slice(key.indexOf(' ') + 1), level })),
    };
    const result = await execute({ method: fresh ? 'POST' : 'PATCH', path: fresh ? 'roles' : `roles/${role.id}`, body, version: fresh ? undefined : role.version, done: t('saved'), refresh: [['session']] });
    if (result !== undefined) onClose();
  };

  return (
    <Modal
      open width={880} title={fresh ? t('roles.add') : t(fixed ? 'roles.look' : 'roles.edit', { name })} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}
      okButtonProps={fixed ? { style: { display: 'none' } } : undefined} cancelText={fixed ? t('roles.done') : undefined} loading={catalogue.isPending}
    >
      <Form<Values> name="role" form={form} layout="vertical" disabled={fixed} initialValues={fresh ? { name: copy ? t('roles.copyName', { name }) : undefined } : { code: role.code, name }} onFinish={(values) => void submit(values)}>
        <div className="role__names">
          <Form.Item name="name" label={t('roles.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={60} autoComplete="off" /></Form.Item>
          <Form.Item name="code" label={t('roles.code')} extra={fresh ? t('roles.codeHint') : undefined} rules={[{ required: fresh, pattern: /^[a-z][a-zA-Z0-9-]+$/, message: t('roles.codeHint') }]}><Input maxLength={40} autoComplete="off" disabled={!fresh} /></Form.Item>
        </div>
        <h3>{t('roles.rights')}</h3>
        {resources.map(([resource, rights]) => (
          <fieldset key={resource} className="role__resource">
            <legend>{t(`resource.${resource}`)}</legend>
            {rights.map(({ right, scoped }) => {
              const action = t(`action.${right.split('.')[1]!}`);
              const label = `${t(`resource.${resource}`)} · ${action}`;
              return scoped ? (
                <label key={right} className="role__right">
                  <span>{action}</span>
                  <Select<RightScope> size="small" allowClear aria-label={label} placeholder={t('roles.never')} disabled={fixed} value={grants.get(right)} onChange={(scope) => grant(right, scope)} options={scopes.map((scope) => ({ value: scope, label: t(`scope.${scope}`) }))} />
                </label>
              ) : <Checkbox key={right} className="role__right" aria-label={label} checked={grants.has(right)} disabled={fixed} onChange={(event) => grant(right, event.target.checked ? 'all' : undefined)}>{action}</Checkbox>;
            })}
          </fieldset>
        ))}
        <h3>{t('roles.fields')}</h3>
        <p className="muted">{t('roles.fieldsHint')}</p>
        {limitable.map(([resource, keys]) => (
          <fieldset key={resource} className="role__resource">
            <legend>{t(`resource.${resource}`)}</legend>
            {keys.map((key) => {
              const field = key.slice(key.indexOf(' ') + 1);
              const words = field.startsWith('custom.') ? field.slice(7) : t(`fieldName.${field.replace('.', '_')}`);
              return (
                <label key={key} className="role__right">
                  <span>{words}</span>
                  <Select<FieldLevel> size="small" aria-label={`${t(`resource.${resource}`)} · ${words}`} disabled={fixed} value={fields.get(key) ?? 'change'} onChange={(level) => setFields((before) => new Map(before).set(key, level))} options={levels.map((level) => ({ value: level, label: t(`level.${level}`) }))} />
                </label>
              );
            })}
            {fixed ? null : <OwnField onAdd={(field) => setFields((before) => new Map(before).set(`${resource} custom.${field}`, 'masked'))} label={`${t(`resource.${resource}`)} · ${t('roles.ownField')}`} />}
          </fieldset>
        ))}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};

/** The name of one of the organisation's own fields, such as an identity card number. */
const OwnField = ({ label, onAdd }: { label: string; onAdd: (field: string) => void }) => {
  const { t } = useTranslation('settings');
  const [text, setText] = useState('');
  const add = () => { if (text.trim()) { onAdd(text.trim()); setText(''); } };
  return <Input size="small" className="role__own" aria-label={label} placeholder={t('roles.ownField')} maxLength={60} value={text} onChange={(event) => setText(event.target.value)} onPressEnter={(event) => { event.preventDefault(); add(); }} onBlur={add} />;
};
export default RoleDialog;
