import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import type { Customer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useMay } from '@/lib/session';
import { useAttachments } from './attachment-links';

/** Puts a removed file back from where the timeline tells its removal; too late, it says so. */
export const RestoreAttachment = ({ customer, id }: { customer: Customer; id: string }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const { asOf } = useAsOf();
  const run = useCommand();
  const { message } = App.useApp();
  const { rows, isPending } = useAttachments(customer.id);
  if (isPending || rows.some((row) => row.id === id) || asOf || customer.archived || customer.erased || !may('change')) return null;
  const restore = () => { run({ path: `customers/${customer.id}/attachments/${id}/restore`, done: t('attachment.restored') }).catch((error: unknown) => { void message.error(error instanceof Error ? error.message : ''); }); };
  return <> <Button size="small" onClick={restore}>{t('attachment.restore')}</Button></>;
};
