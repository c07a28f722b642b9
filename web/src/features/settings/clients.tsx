import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import type { Client } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import './clients.css';

const ClientDialog = lazy(() => import('./client-dialog'));
const ClientDrawer = lazy(() => import('./client-drawer'));

/** Programs that call the API: integrators' servers, and applications people use. */
export const Clients = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const [adding, setAdding] = useState(false);
  const [openId, setOpenId] = useState<string>();
  const query = useList<Client>('clients', { limit: 100 });
  const open = query.rows.find((client) => client.id === openId);
  const name = (client: Client) => <button type="button" className="settings__link" onClick={() => setOpenId(client.id)}>{client.name}</button>;
  const grants = (client: Client) => client.grants.map((grant) => t(`clients.grant.${grant}`)).join(' · ');
  const columns: Column<Client>[] = [
    { key: 'name', title: t('clients.name'), width: 200, render: name },
    { key: 'clientId', title: t('clients.clientId'), width: 220, render: (client) => <code>{client.clientId}</code> },
    { key: 'role', title: t('clients.role'), width: 120, render: (client) => t(`common:role.${client.role}`) },
    { key: 'grants', title: t('clients.grants'), width: 220, render: grants },
    { key: 'state', title: t('clients.state'), width: 90, render: (client) => t(client.active ? 'clients.active' : 'clients.revoked') },
  ];
  return (
    <>
      {can('clients.create') ? <div className="settings__tools"><Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('clients.add')}</Button></div> : null}
      <DataList<Client>
        label={t('clients.title')} query={query} rowKey={(client) => client.id} columns={columns} onOpen={(client) => setOpenId(client.id)}
        empty={<EmptyState title={t('clients.none')} description={t('clients.noneText')} />}
        card={(client) => <div className="settings__card"><b>{name(client)}</b><span>{grants(client)}</span><span>{t(client.active ? 'clients.active' : 'clients.revoked')}</span></div>}
      />
      <Suspense fallback={null}>
        {adding ? <ClientDialog onClose={(made) => { setAdding(false); if (made) setOpenId(made.id); }} /> : null}
        {open ? <ClientDrawer client={open} onClose={() => setOpenId(undefined)} /> : null}
      </Suspense>
    </>
  );
};
