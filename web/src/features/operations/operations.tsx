import { PauseOutlined, PlayCircleOutlined } from '@ant-design/icons';
import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { usePhone } from '@/lib/preferences';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { Following } from './live';
import { Messages } from './messages';
import { Overview } from './overview';
import { Projections } from './projections';
import { Recurring } from './recurring';
import './operations.css';

const keys = ['overview', 'projections', 'messages', 'recurring'] as const;
const search = z.object({ tab: z.catch(z.optional(z.enum(keys)), undefined) });
const screens = { overview: <Overview />, projections: <Projections />, messages: <Messages />, recurring: <Recurring /> };

/** How the engine runs, and the levers of whoever is responsible for it. */
export const OperationsPage = () => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const [state, setState] = useUrlState(search);
  const phone = usePhone();
  const [following, setFollowing] = useState(true);
  const labels = { overview: t('overview'), projections: t('projections'), messages: t('messagesTitle'), recurring: t('recurring.title') };
  if (!can('operations.view')) return <><PageHeader title={t('title')} /><EmptyState title={t('forbidden')} description={t('forbiddenText')} /></>;
  return (
    <Following value={following}>
      <PageHeader
        title={t('title')} note={t(following ? 'following' : 'held')}
        extra={<Button type="text" icon={following ? <PauseOutlined /> : <PlayCircleOutlined />} aria-label={t(following ? 'hold' : 'follow')} onClick={() => setFollowing(!following)}>{phone ? null : t(following ? 'hold' : 'follow')}</Button>}
      />
      <Tabs
        className="operations" activeKey={state.tab ?? 'overview'} destroyOnHidden items={keys.map((key) => ({ key, label: labels[key], children: screens[key] }))}
        onChange={(tab) => setState({ tab: tab === 'overview' ? undefined : (tab as (typeof keys)[number]), view: undefined, queue: undefined, type: undefined, letter: undefined, projection: undefined } as never)}
      />
    </Following>
  );
};
