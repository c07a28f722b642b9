import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { ConnectedApplication } from '@/lib/api-types';
import { useOwnList } from './own-list';

/** Applications the person allowed to act for them; ending one ends its tokens. */
export const Applications = () => {
  const { t } = useTranslation('access');
  const query = useOwnList<ConnectedApplication>('authorizations');
  const { error, execute } = useCommandState();
  const scopes = (application: ConnectedApplication) => application.scopes.map((scope) => t(`scope.${scope}`)).join(' · ');
  const disconnect = (application: ConnectedApplication) => (
    <Popconfirm title={t('applications.ask', { name: application.name })} description={t('applications.askText')} okText={t('applications.disconnect')} cancelText={t('common:cancel')} okButtonProps={{ danger: true }} onConfirm={() => void execute({ method: 'DELETE', path: `authorizations/${encodeURIComponent(application.clientId)}`, done: t('applications.done') })}>
      <Button size="small" aria-label={t('applications.disconnectOf', { name: application.name })}>{t('applications.disconnect')}</Button>
    </Popconfirm>
  );
  const columns: Column<ConnectedApplication>[] = [
    { key: 'name', title: t('applications.name'), width: 200, render: (application) => application.name },
    { key: 'scopes', title: t('applications.scopes'), width: 320, render: scopes },
    { key: 'since', title: t('applications.since'), width: 140, render: (application) => <DateText value={application.since} as="instant" /> },
    { key: 'used', title: t('applications.lastUsed'), width: 140, render: (application) => <DateText value={application.lastUsedAt} as="relative" /> },
    { key: 'remembered', title: t('applications.remembered'), width: 110, render: (application) => t(application.remembered ? 'common:yes' : 'common:no') },
    { key: 'disconnect', title: '', width: 110, align: 'right', render: disconnect },
  ];
  return (
    <>
      <div className="access__tools"><span className="muted">{t('applications.text')}</span></div>
      <ProblemAlert error={error} />
      <DataList<ConnectedApplication>
        label={t('applications.title')} query={query} rowKey={(application) => application.clientId} columns={columns} empty={<EmptyState title={t('applications.none')} />}
        card={(application) => <div className="access__card"><b>{application.name}</b><span>{scopes(application)}</span><span>{disconnect(application)}</span></div>}
      />
    </>
  );
};
