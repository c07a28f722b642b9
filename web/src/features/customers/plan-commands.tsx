import { CloseOutlined, FieldTimeOutlined } from '@ant-design/icons';
import { Button, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { InstantField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import type { Customer } from '@/lib/api-types';

/** Moves or drops what is planned, without a follow-up. */
export const PlanCommands = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const [open, setOpen] = useState(false);
  const { busy, error, execute } = useCommandState();
  const path = `customers/${customer.id}/next-follow-up`;
  const move = async (at: string | null) => { if (at && (await execute({ path, body: { at }, done: t('followUp.planned'), refresh: [['my-day']] })) !== undefined) setOpen(false); };
  return (
    <>
      <Popover open={open} onOpenChange={setOpen} trigger="click" title={t('followUp.move')} content={<><InstantField aria-label={t('followUp.nextAt')} value={customer.nextFollowUpAt} onChange={(at) => void move(at)} /><ProblemAlert error={error} /></>}>
        <Button type="text" size="small" icon={<FieldTimeOutlined />} aria-label={t('followUp.move')} />
      </Popover>
      <Button type="text" size="small" icon={<CloseOutlined />} loading={busy} aria-label={t('followUp.drop')} onClick={() => void execute({ method: 'DELETE', path, done: t('followUp.dropped'), refresh: [['my-day']] })} />
    </>
  );
};
