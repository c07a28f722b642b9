import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { UserSelect } from '@/components/selects';
import { SignInLog } from '@/components/sign-in-log';
import { signInEvents } from '@/lib/api-types';
import { useUrlState } from '@/lib/url-state';

const search = z.object({ user: z.catch(z.optional(z.string()), undefined), event: z.catch(z.optional(z.enum(signInEvents)), undefined) });

/** The sign-in log of all, for administrators and auditors. */
export const SignIns = () => {
  const { t } = useTranslation('settings');
  const [{ user, event }, setState] = useUrlState(search);
  return (
    <>
      <div className="settings__tools settings__tools--start">
        <UserSelect value={user} onChange={(id) => setState({ user: id })} aria-label={t('signIns.byUser')} placeholder={t('signIns.byUser')} style={{ minWidth: 180 }} />
        <Select
          allowClear placeholder={t('signIns.byEvent')} aria-label={t('signIns.byEvent')} value={event} onChange={(next: typeof event) => setState({ event: next })} style={{ minWidth: 180 }}
          options={signInEvents.map((value) => ({ value, label: t(`common:signIns.event.${value}`) }))}
        />
      </div>
      <SignInLog label={t('signIns.title')} path="sign-ins" params={{ user, event }} withNames />
    </>
  );
};
