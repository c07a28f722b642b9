import { BankOutlined, DownOutlined, EditOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BlameMark } from '@/components/blame';
import { ShareButton } from '@/components/share-dialog';
import { StandIn } from '@/components/stand-in';
import { DateText } from '@/components/values';
import type { Customer, Lifecycle } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay } from '@/lib/session';
import type { OpenDialog } from './customer-dialogs';
import { ClaimButton } from './claim-button';
import { LifecycleMark, NextFollowUp, RecycleMark } from './marks';
import { RecordCommands } from './record-commands';
import { PlanCommands } from './plan-commands';
import { TagGroups, TierWhy } from './tag-groups';
import { useChoices } from './words';

const CustomerDialog = lazy(() => import('./customer-dialogs'));

export const CustomerHeader = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const { asOf } = useAsOf();
  const choices = useChoices();
  const [open, setOpen] = useState<OpenDialog>();
  const editable = may('change') && !asOf && !customer.archived && !customer.erased;
  const Icon = customer.kind === 'person' ? UserOutlined : BankOutlined;

  return (
    <header className="customer-head">
      <span className="customer-head__badge" aria-hidden="true"><Icon /></span>
      <div className="customer-head__main">
        <div className="customer-head__title">
          <h1>{customer.name}</h1>
          <span className="blamed">
            {editable ? (
              <Dropdown
                trigger={['click']}
                menu={{ items: choices.lifecycles.filter((each) => each.value !== customer.lifecycle).map((each) => ({ key: each.value, label: t('lifecycleTo', { to: each.label }) })), onClick: ({ key }) => setOpen({ dialog: 'lifecycle', to: key as Lifecycle }) }}
              >
                <button type="button" className="pill-button" aria-label={t('changeLifecycle', { now: t(`lifecycle.${customer.lifecycle}`) })}><LifecycleMark value={customer.lifecycle} /><DownOutlined style={{ fontSize: 9 }} className="muted" /></button>
              </Dropdown>
            ) : <LifecycleMark value={customer.lifecycle} />}
            <BlameMark field="lifecycle" label={t('field.lifecycle')} />
          </span>
          <TierWhy customer={customer} />
          {customer.archived ? <span className="mark">{t('archived')}</span> : null}
          {customer.inPool ? <><span className="mark">{t('pool.title')}</span>{asOf ? null : <ClaimButton id={customer.id} name={customer.name} />}</> : null}
          <RecycleMark value={customer.recycleOn} />
          {customer.erased ? <span className="mark">{t('personal.erasedMark')}</span> : null}
        </div>
        <dl className="customer-head__facts">
          <div className="blamed">
            <dt>{t('field.ownerId')}</dt>
            <dd>{editable && may('assign') ? <button type="button" className="fact-button" aria-label={t('changeOwner')} onClick={() => setOpen({ dialog: 'owner' })}>{customer.ownerName ?? t('nobody')} <EditOutlined className="muted" /></button> : (customer.ownerName ?? t('nobody'))}{asOf ? null : <> <StandIn userId={customer.ownerId} /></>}<BlameMark field="ownerId" label={t('field.ownerId')} /></dd>
          </div>
          <div><dt>{t('field.dueAt')}</dt><dd><NextFollowUp value={customer.dueAt} /> <span className="muted">{t(customer.dueReason === 'plan' ? 'followUp.byPlan' : customer.dueRule === 'tier' ? 'followUp.byTier' : 'followUp.byClass', { count: customer.dueDays ?? 0, tier: customer.tier })}</span></dd></div>
          {customer.nextFollowUpAt ? <div><dt>{t('field.nextFollowUpAt')}</dt><dd><NextFollowUp value={customer.nextFollowUpAt} />{editable ? <PlanCommands customer={customer} /> : null}</dd></div> : null}
          <div><dt>{t('field.lastFollowUpAt')}</dt><dd><DateText value={customer.lastFollowUpAt} as="relative" /></dd></div>
          <div>
            <dt>{t('field.tags')}</dt>
            <dd><TagGroups customer={customer} />{editable ? <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('changeTags')} onClick={() => setOpen({ dialog: 'tags' })} /> : null}</dd>
          </div>
        </dl>
      </div>
      {asOf ? null : <div className="customer-head__extra"><ShareButton resource="customers" id={customer.id} shares={customer.shares ?? []} editable={may('assign')} />{may('change') ? <RecordCommands customer={customer} /> : null}</div>}
      <Suspense fallback={null}>{open ? <CustomerDialog customer={customer} open={open} onClose={() => setOpen(undefined)} /> : null}</Suspense>
    </header>
  );
};
