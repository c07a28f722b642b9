import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { PageHeader } from '@/components/page-header';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { Cadence } from './cadence';
import { Clients } from './clients';
import { Departments } from './departments';
import { Pool } from './pool';
import { Fields } from './fields';
import { Privacy } from './privacy';
import { Products } from './products';
import { Roles } from './roles';
import { Rules } from './rules';
import { SignIns } from './sign-ins';
import { Tags } from './tags';
import { Teams } from './teams';
import { Users } from './users';
import './settings.css';

const search = z.object({ tab: z.catch(z.optional(z.enum(['users', 'departments', 'teams', 'roles', 'products', 'tags', 'fields', 'rules', 'clients', 'sign-ins', 'privacy', 'pool', 'cadence'])), undefined) });

export const SettingsPage = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const [state, setState] = useUrlState(search);
  const tabs = [
    ...(can('users.view') ? [{ key: 'users', label: t('users.title'), children: <Users /> }] : []),
    ...(can('departments.view') ? [{ key: 'departments', label: t('departments.title'), children: <Departments /> }] : []),
    ...(can('teams.view') ? [{ key: 'teams', label: t('teams.title'), children: <Teams /> }] : []),
    ...(can('roles.view') ? [{ key: 'roles', label: t('roles.title'), children: <Roles /> }] : []),
    ...(can('clients.view') ? [{ key: 'clients', label: t('clients.title'), children: <Clients /> }] : []),
    ...(can('products.view') ? [{ key: 'products', label: t('products.title'), children: <Products /> }] : []),
    ...(can('tags.view') ? [{ key: 'tags', label: t('tags.title'), children: <Tags /> }] : []),
    ...(can('custom-fields.view') ? [{ key: 'fields', label: t('fields.title'), children: <Fields /> }] : []),
    ...(can('validation-rules.view') ? [{ key: 'rules', label: t('rules.title'), children: <Rules /> }] : []),
    ...(can('audit.view') ? [{ key: 'sign-ins', label: t('signIns.title'), children: <SignIns /> }] : []),
    ...(can('customers.view') ? [{ key: 'cadence', label: t('cadence.title'), children: <Cadence /> }] : []),
    ...(can('users.change') ? [{ key: 'privacy', label: t('privacy.title'), children: <Privacy /> }] : []),
    ...(can('users.change') ? [{ key: 'pool', label: t('pool.title'), children: <Pool /> }] : []),
  ];
  return (
    <>
      <PageHeader title={t('title')} />
      <Tabs className="settings" activeKey={state.tab ?? tabs[0]?.key} onChange={(tab) => setState({ tab: tab === tabs[0]?.key ? undefined : (tab as 'products'), user: undefined, event: undefined, handOver: undefined } as never)} items={tabs} destroyOnHidden />
    </>
  );
};
