import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { PageHeader } from '@/components/page-header';
import { useUrlState } from '@/lib/url-state';
import { Applications } from './applications';
import { PersonalTokens } from './personal-tokens';
import './access.css';

const search = z.object({ tab: z.catch(z.optional(z.enum(['tokens', 'applications'])), undefined) });

/** What may call the API as the signed-in person: own tokens, and applications that were allowed to. */
export const AccessPage = () => {
  const { t } = useTranslation('access');
  const [state, setState] = useUrlState(search);
  return (
    <>
      <PageHeader title={t('title')} />
      <Tabs
        className="access" activeKey={state.tab ?? 'tokens'} onChange={(tab) => setState({ tab: tab === 'tokens' ? undefined : 'applications' })} destroyOnHidden
        items={[{ key: 'tokens', label: t('tokens.title'), children: <PersonalTokens /> }, { key: 'applications', label: t('applications.title'), children: <Applications /> }]}
      />
    </>
  );
};
