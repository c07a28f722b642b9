import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState, type Command } from '@/components/command';
import { ShareButton } from '@/components/share-dialog';
import { StandIn } from '@/components/stand-in';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText, MoneyText } from '@/components/values';
import type { Opportunity } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay } from '@/lib/session';
import { CloseDialog } from './close-dialog';
import { DaysInStage, StageMark } from './marks';
import { StageBar } from './stage-bar';
import { useOpportunityWords } from './words';

const ReviewDialog = lazy(() => import('./review-dialog'));

/** Name, amount and stage of an opportunity with what can be done now: move, win, lose, reopen, look back. */
export const OpportunityHeader = ({ opportunity }: { opportunity: Opportunity }) => {
  const { t } = useTranslation('opportunities');
  const may = useMay('opportunities', opportunity);
  const { asOf } = useAsOf();
  const words = useOpportunityWords(opportunity.pipelineId);
  const { busy, error, execute } = useCommandState();
  const [closing, setClosing] = useState<'won' | 'lost'>();
  const [reviewing, setReviewing] = useState(false);
  const editable = may('change') && !asOf;
  const closed = opportunity.stageKind !== 'open';
  const send = (verb: string, command: Omit<Command, 'path'> = {}) =>
    execute<Opportunity>({ path: `opportunities/${opportunity.id}/${verb}`, version: opportunity.version, done: t(`done.${verb}`), refresh: [['customers'], ['reports']], ...words, ...command });

  return (
    <header className="opportunity-head">
      <div className="opportunity-head__main">
        <div className="opportunity-head__title"><h1>{opportunity.name}</h1><StageMark value={opportunity} /></div>
        <div className="opportunity-head__facts">
          <b><MoneyText value={opportunity.amount} /></b>
          {opportunity.customerId ? <span>{t('field.customerId')} <Link to="/customers/$id" params={{ id: opportunity.customerId }}>{opportunity.customerName ?? t('openCustomer')}</Link></span> : <span className="warning-text">{t('warning.noCustomer')}</span>}
          <span>{t('field.ownerId')} <b>{opportunity.ownerName ?? t('noOwner')}</b>{asOf ? null : <> <StandIn userId={opportunity.ownerId} /></>}</span>
          {closed ? (
            <span>{opportunity.stageKind === 'won' ? <CheckCircleFilled className="success-text" aria-hidden="true" /> : <CloseCircleFilled className="muted" aria-hidden="true" />} {t('field.closedOn')} <DateText value={opportunity.closedOn} /></span>
          ) : <><span>{t('field.daysInStage')} <DaysInStage value={opportunity.daysInStage} /></span><span>{t('field.expectedCloseDate')} <DateText value={opportunity.expectedCloseDate} /></span></>}
          {opportunity.lostReason ? <span>{t('field.lostReason')} <b>{opportunity.lostReason}</b></span> : null}
        </div>
        <ProblemAlert error={error} />
      </div>
      {asOf ? null : <ShareButton resource="opportunities" id={opportunity.id} shares={opportunity.shares ?? []} editable={may('assign')} />}
      {editable ? (
        <div className="opportunity-head__commands">
          {closed ? (
            <>
              {may('close') ? <Button loading={busy} onClick={() => void send('reopen')}>{t('reopen')}</Button> : null}
              <Button type="primary" onClick={() => setReviewing(true)}>{opportunity.review ? t('review.change') : t('review.write')}</Button>
            </>
          ) : may('close') ? (
            <>
              <Button danger onClick={() => setClosing('lost')}>{t('lose')}</Button>
              <Button type="primary" onClick={() => setClosing('won')}>{t('win')}</Button>
            </>
          ) : null}
        </div>
      ) : null}
      <StageBar opportunity={opportunity} busy={busy} onMove={editable && !closed ? (to) => void send('stage', { body: { to } }) : undefined} />
      {closing ? (
        <CloseDialog
          kind={closing} name={opportunity.name}
          onClose={(values) => { setClosing(undefined); if (values) void send(closing === 'won' ? 'win' : 'lose', { body: values }); }}
        />
      ) : null}
      <Suspense fallback={null}>{reviewing ? <ReviewDialog opportunity={opportunity} onClose={() => setReviewing(false)} /> : null}</Suspense>
    </header>
  );
};
