import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { Account } from '@/lib/api-types';
import { renewSession } from '@/lib/session';
import { ProofDialog } from './proof-dialog';
import { RecoveryCodesDialog } from './recovery-codes-dialog';
import { SetUpDialog } from './set-up-dialog';

/** The second factor: set up, new recovery codes, switched off. */
export const SecondFactorPanel = ({ account }: { account: Account }) => {
  const { t } = useTranslation('account');
  const [open, setOpen] = useState<'setUp' | 'codes' | 'disable'>();
  const [codes, setCodes] = useState<string[]>();
  const close = () => setOpen(undefined);
  const show = (fresh: string[]) => { close(); setCodes(fresh); };
  const on = Boolean(account.secondFactorSince);
  return (
    <section className="account__panel" aria-label={t('secondFactor')}>
      <h2>{t('secondFactor')}</h2>
      {on ? (
        <>
          <p className="account__line">{t('factorOn')} <DateText value={account.secondFactorSince} as="instant" /> · {t('codesLeft', { count: account.recoveryCodesLeft })}</p>
          <div className="account__actions">
            <Button onClick={() => setOpen('codes')}>{t('newCodes')}</Button>
            {account.secondFactorDemanded ? null : <Button danger onClick={() => setOpen('disable')}>{t('disable')}</Button>}
          </div>
        </>
      ) : (
        <>
          <p className="account__line muted">{t('factorOff')}</p>
          <Button type="primary" onClick={() => setOpen('setUp')}>{t('setUp')}</Button>
        </>
      )}
      {open === 'setUp' ? <SetUpDialog onClose={close} onDone={show} /> : null}
      {open === 'codes' ? <ProofDialog title={t('newCodes')} text={t('newCodesText')} path="account/second-factor/recovery-codes" onClose={close} onDone={(answer) => show((answer as { codes: string[] }).codes)} /> : null}
      {open === 'disable' ? <ProofDialog title={t('disable')} text={t('disableText')} path="account/second-factor/disable" danger onClose={close} onDone={close} /> : null}
      {codes ? <RecoveryCodesDialog codes={codes} onClose={() => { setCodes(undefined); void renewSession(); }} /> : null}
    </section>
  );
};
