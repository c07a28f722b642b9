import { App, Button, Drawer, InputNumber, Popconfirm } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { OnceShown } from '@/components/once-shown';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { Client, NewClientSecret } from '@/lib/api-types';
import { useNow } from '@/lib/now';
import { useCan } from '@/lib/session';

const ClientDialog = lazy(() => import('./client-dialog'));

/** One client: how it proves who it is, and its end. */
const ClientDrawer = ({ client, onClose }: { client: Client; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { modal } = App.useApp();
  const can = useCan();
  const now = useNow();
  const { busy, error, execute } = useCommandState();
  const [editing, setEditing] = useState(false);
  const [overlap, setOverlap] = useState<number | null>(24);
  const change = can('clients.change') && client.active;
  const secrets = client.secrets.filter((secret) => !secret.expiresAt || new Date(secret.expiresAt).getTime() > now);
  const add = async () => {
    const made = await execute<NewClientSecret>({ path: `clients/${client.id}/secrets`, body: { overlapHours: overlap ?? 0 } });
    if (made?.secret) modal.success({ title: t('clients.secretTitle'), width: 520, content: <OnceShown label={t('clients.secret')} value={made.secret} text={t('clients.secretText')} /> });
  };
  const facts: [string, React.ReactNode][] = [
    [t('clients.clientId'), <code key="id">{client.clientId}</code>],
    [t('clients.kind'), t(client.confidential ? 'clients.confidentialKind' : 'clients.publicKind')],
    [t('clients.role'), t(`common:role.${client.role}`)],
    [t('clients.grants'), client.grants.map((grant) => t(`clients.grant.${grant}`)).join(' · ')],
    [t('clients.scopes'), client.scopes.join(' ')],
    [t('clients.redirectUris'), client.redirectUris.join('\n') || '—'],
    [t('clients.rateLimit'), client.rateLimit ?? t('clients.noLimit')],
    [t('clients.actsForUsers'), t(client.actsForUsers ? 'common:yes' : 'common:no')],
  ];
  return (
    <Drawer
      open title={client.name} size={560} onClose={onClose}
      extra={change ? (
        <span className="settings__actions">
          <Button onClick={() => setEditing(true)}>{t('edit')}</Button>
          <Popconfirm title={t('clients.revokeAsk')} description={t('clients.revokeText')} okText={t('clients.revoke')} cancelText={t('common:cancel')} okButtonProps={{ danger: true }} onConfirm={() => void execute({ path: `clients/${client.id}/revoke`, done: t('saved') })}>
            <Button danger>{t('clients.revoke')}</Button>
          </Popconfirm>
        </span>
      ) : null}
    >
      <ProblemAlert error={error} />
      <dl className="settings__facts">{facts.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
      {client.confidential && client.active ? (
        <section aria-label={t('clients.secrets')}>
          <h3>{t('clients.secrets')}</h3>
          {secrets.length === 0 ? <p className="muted">{t('clients.noSecrets')}</p> : (
            <ul className="settings__secrets">
              {secrets.map((secret, index) => (
                <li key={secret.id}>
                  <span>{t('clients.madeAt')} <DateText value={secret.createdAt} as="instant" /></span>
                  <span className="muted">{secret.expiresAt ? <>{t('clients.until')} <DateText value={secret.expiresAt} as="instant" /></> : t('clients.endless')}</span>
                  {change ? (
                    <Popconfirm title={t('clients.removeAsk')} okText={t('clients.remove')} cancelText={t('common:cancel')} okButtonProps={{ danger: true }} onConfirm={() => void execute({ method: 'DELETE', path: `clients/${client.id}/secrets/${secret.id}`, done: t('saved') })}>
                      <Button size="small" aria-label={t('clients.removeOf', { number: index + 1 })}>{t('clients.remove')}</Button>
                    </Popconfirm>
                  ) : null}
                </li>
              ))}
            </ul>
          )}
          {change ? (
            <div className="settings__rotate">
              {secrets.length > 0 ? <label>{t('clients.overlap')} <InputNumber min={0} max={720} precision={0} value={overlap} onChange={setOverlap} aria-label={t('clients.overlap')} /></label> : null}
              <Button type="primary" loading={busy} onClick={() => void add()}>{t(secrets.length > 0 ? 'clients.rotate' : 'clients.firstSecret')}</Button>
            </div>
          ) : null}
        </section>
      ) : null}
      <Suspense fallback={null}>{editing ? <ClientDialog client={client} onClose={() => setEditing(false)} /> : null}</Suspense>
    </Drawer>
  );
};
export default ClientDrawer;
