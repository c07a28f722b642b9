import { Link } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import type { Selection } from '@/components/data-list';
import { ProblemAlert } from '@/components/problem-alert';
import type { ClaimedCustomers } from '@/lib/api-types';
import '@/components/bulk.css';

/** Most customers that are claimed at once. */
const most = 100;

/** Claims what is picked in the pool; what could not be claimed is told with its reason. */
export const ClaimMany = ({ selection, names }: { selection: Selection; names: ReadonlyMap<string, string> }) => {
  const { t } = useTranslation('customers');
  const { busy, error, execute } = useCommandState();
  const [told, setTold] = useState<ClaimedCustomers & { names: ReadonlyMap<string, string> }>();
  const count = selection.keys.size;
  const claim = async () => {
    const answer = await execute<ClaimedCustomers>({ path: 'pool/claim', body: { ids: [...selection.keys] }, refresh: [['customers']] });
    if (!answer) return;
    setTold({ ...answer, names });
    selection.setPicking(false);
  };
  return (
    <>
      {count > 0 ? (
        <section className="selection-bar" aria-label={t('common:bulk.bar')}>
          <span className="nowrap" role="status">{t('common:list.selected', { count })}</span>
          {count > most ? <span className="muted">{t('pool.mostClaims', { count: most })}</span>
            : <Button size="small" type="primary" loading={busy} onClick={() => void claim()}>{t('pool.claimMany', { count })}</Button>}
          <Button size="small" type="text" onClick={() => selection.set(new Set())}>{t('common:bulk.clear')}</Button>
          <ProblemAlert error={error} />
        </section>
      ) : null}
      <Modal open={told !== undefined} title={t('pool.claimDone', { count: told?.claimed ?? 0 })} footer={<Button type="primary" onClick={() => setTold(undefined)}>{t('common:bulk.close')}</Button>} onCancel={() => setTold(undefined)}>
        {told && told.claimed > 0 ? <ul className="told">{told.results.filter((result) => result.claimed).map((result) => <li key={result.id}><Link to="/customers/$id" params={{ id: result.id }}>{result.name ?? told.names.get(result.id) ?? result.id}</Link></li>)}</ul> : null}
        {told && told.refused > 0 ? (
          <>
            <p>{t('pool.claimRefused', { count: told.refused })}</p>
            <ul className="told">{told.results.filter((result) => !result.claimed).map((result) => <li key={result.id}><b>{result.name ?? told.names.get(result.id) ?? '—'}</b> · {result.message}</li>)}</ul>
          </>
        ) : null}
      </Modal>
    </>
  );
};
