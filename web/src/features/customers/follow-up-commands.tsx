import { Button, Form, Input, Modal, Popconfirm, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { FollowUp } from '@/lib/api-types';
import { equals } from '@/lib/filter';
import { useList } from '@/lib/lists';
import { ParticipantsSelect, type Participants } from './participants';

type Values = Pick<FollowUp, 'summary' | 'objections' | 'changedNeeds' | 'promises'> & { who: Participants };

const Correction = ({ customerId, id, onClose }: { customerId: string; id: string; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const [form] = Form.useForm<Values>();
  const { busy, error, execute } = useCommandState();
  const query = useList<FollowUp>(`customers/${customerId}/follow-ups`, { filter: equals('id', id), limit: 1 });
  const now = query.rows[0];
  const submit = async ({ who, ...values }: Values) => {
    const body = { ...Object.fromEntries(Object.entries(values).map(([field, value]) => [field, value || null])), ...who };
    if ((await execute({ method: 'PATCH', path: `customers/${customerId}/follow-ups/${id}`, body, done: t('followUp.corrected'), refresh: [['my-day']] })) !== undefined) onClose();
  };
  return (
    <Modal open title={t('followUp.correct')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} okButtonProps={{ disabled: !now }}>
      {now ? (
        <Form<Values> name="correction" form={form} layout="vertical" initialValues={{ ...now, who: { participants: now.participants, participantUserIds: now.participantUserIds, participantContactIds: now.participantContactIds } }} onFinish={(values) => void submit(values)}>
          <Form.Item name="summary" label={t('followUp.summary')} rules={[{ required: true, whitespace: true, message: t('followUp.summaryRequired') }]}><Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} maxLength={4000} /></Form.Item>
          {(['objections', 'changedNeeds', 'promises'] as const).map((field) => <Form.Item key={field} name={field} label={t(`followUp.${field}`)}><Input.TextArea autoSize={{ minRows: 1, maxRows: 5 }} maxLength={2000} /></Form.Item>)}
          <Form.Item name="who" label={t('followUp.participants')}><ParticipantsSelect customerId={customerId} /></Form.Item>
        </Form>
      ) : query.isPending ? <Skeleton active /> : null}
      <ProblemAlert error={error ?? query.error} />
    </Modal>
  );
};

/** Corrects or deletes a follow-up; the server refuses whoever is neither its author nor a manager. */
export const FollowUpCommands = ({ customerId, id }: { customerId: string; id: string }) => {
  const { t } = useTranslation('customers');
  const [open, setOpen] = useState(false);
  const { busy, error, execute } = useCommandState();
  return (
    <div className="timeline__commands">
      <Button type="link" size="small" onClick={() => setOpen(true)}>{t('followUp.correct')}</Button>
      <Popconfirm title={t('followUp.removeAsk')} onConfirm={() => void execute({ method: 'DELETE', path: `customers/${customerId}/follow-ups/${id}`, done: t('followUp.removed'), refresh: [['my-day']] })}>
        <Button type="link" size="small" loading={busy}>{t('followUp.remove')}</Button>
      </Popconfirm>
      <ProblemAlert error={error} />
      {open ? <Correction customerId={customerId} id={id} onClose={() => setOpen(false)} /> : null}
    </div>
  );
};
