import { BankOutlined, DownOutlined, EditOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ShareButton } from '@/components/share-dialog';
import { StandIn } from '@/components/stand-in';
import { DateText } from '@/components/values';
import type { Customer, Lifecycle } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay } from '@/lib/session';
import type { OpenDialog } from './customer-dialogs';
import { LifecycleMark, NextFollowUp, Tags, TierMark } from './marks';
import { RecordCommands } from './record-commands';
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
          {editable ? (
            <Dropdown
              trigger={['click']}
              menu={{ items: choices.lifecycles.filter((each) => each.value !== customer.lifecycle).map((each) => ({ key: each.value, label: t('lifecycleTo', { to: each.label }) })), onClick: ({ key }) => setOpen({ dialog: 'lifecycle', to: key as Lifecycle }) }}
            >
              <button type="button" className="pill-button" aria-label={t('changeLifecycle', { now: t(`lifecycle.${customer.lifecycle}`) })}><LifecycleMark value={customer.lifecycle} /><DownOutlined style={{ fontSize: 9 }} className="muted" /></button>
            </Dropdown>
          ) : <LifecycleMark value={customer.lifecycle} />}
          {customer.tier ? <TierMark value={customer.tier} /> : null}
          {customer.archived ? <span className="mark">{t('archived')}</span> : null}
          {customer.erased ? <span className="mark">{t('personal.erasedMark')}</span> : null}
        </div>
        <dl className="customer-head__facts">
          <div>
            <dt>{t('field.ownerId')}</dt>
            <dd>{editable && may('assign') ? <button type="button" className="fact-button" aria-label={t('changeOwner')} onClick={() => setOpen({ dialog: 'owner' })}>{customer.ownerName ?? t('nobody')} <EditOutlined className="muted" /></button> : (customer.ownerName ?? t('nobody'))}{asOf ? null : <> <StandIn userId={customer.ownerId} /></>}</dd>
          </div>
          <div><dt>{t('field.nextFollowUpAt')}</dt><dd><NextFollowUp value={customer.nextFollowUpAt} /></dd></div>
          <div><dt>{t('field.lastFollowUpAt')}</dt><dd><DateText value={customer.lastFollowUpAt} as="relative" /></dd></div>
          <div>
            <dt>{t('field.tags')}</dt>
            <dd><Tags values={customer.tags} most={6} />{editable ? <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('changeTags')} onClick={() => setOpen({ dialog: 'tags' })} /> : null}</dd>
          </div>
        </dl>
      </div>
      {asOf ? null : <div className="customer-head__extra"><ShareButton resource="customers" id={customer.id} shares={customer.shares ?? []} editable={may('assign')} />{may('change') ? <RecordCommands customer={customer} /> : null}</div>}
      <Suspense fallback={null}>{open ? <CustomerDialog customer={customer} open={open} onClose={() => setOpen(undefined)} /> : null}</Suspense>
    </header>
  );
};
