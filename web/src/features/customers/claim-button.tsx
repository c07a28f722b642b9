import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { isProblem } from '@/lib/problem';
import { useCan } from '@/lib/session';

/** Takes a customer out of the pool. A refusal is said: somebody was faster, or a cap is reached. */
export const ClaimButton = ({ id, name, onClaimed, primary = false }: { id: string; name: string; onClaimed?: () => void; primary?: boolean }) => {
  const { t } = useTranslation('customers');
  const { message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const [busy, setBusy] = useState(false);
  if (!can('customers.claim')) return null;
  const claim = async () => {
    setBusy(true);
    try {
      await run({ path: `customers/${id}/claim`, done: t('pool.claimed', { name }), refresh: [['pool']] });
      onClaimed?.();
    } catch (error) {
      void message.error(isProblem(error) ? error.message : t('common:problem.unexpected'));
    } finally { setBusy(false); }
  };
  return <Button size="small" type={primary ? 'primary' : 'default'} loading={busy} aria-label={t('pool.claimLabel', { name })} onClick={(event) => { event.stopPropagation(); void claim(); }}>{t('pool.claim')}</Button>;
};
