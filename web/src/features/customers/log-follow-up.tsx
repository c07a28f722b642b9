import { Skeleton } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Customer } from '@/lib/api-types';
import { readDraft } from '@/lib/drafts';
import { useShortcut } from '@/lib/shortcuts';

const FollowUpForm = lazy(() => import('./follow-up-form'));
export const followUpDraft = (customerId: string) => `customers.${customerId}.follow-up`;

/** The line on top of the timeline that opens the follow-up form; open at once when a draft waits or the address says so. */
export const LogFollowUp = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const [open, setOpen] = useState(() => window.location.hash === '#follow-up' || readDraft(followUpDraft(customer.id)) !== undefined);
  useShortcut('f', t('followUp.log'), () => setOpen(true));
  if (!open) return <button type="button" className="follow-up-open" onClick={() => setOpen(true)}>{t('followUp.open')}</button>;
  return <Suspense fallback={<Skeleton active />}><FollowUpForm customer={customer} onClose={() => setOpen(false)} /></Suspense>;
};
