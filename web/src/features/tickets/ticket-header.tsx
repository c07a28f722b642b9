import { Link } from '@tanstack/react-router';
import { Button, Form, Input, Modal, Rate } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { useCan, useSession } from '@/lib/session';
import { ClockMark, PriorityMark, StatusMark } from './marks';
import { unfinished, useTicketWords } from './words';

type Dialog = 'assign' | 'resolve' | 'reopen' | 'rate' | 'close';

export const TicketHeader = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const { user } = useSession();
  const can = useCan();
  const { asOf } = useAsOf();
  const { busy, error, execute } = useCommandState();
  const [dialog, setDialog] = useState<Dialog>();
  const editable = can('tickets.change') && !asOf;
  const running = unfinished.includes(ticket.status);
  const at = asOf ? Date.parse(asOf) : undefined;

  return (
    <header className="ticket-head">
      <div className="ticket-head__main">
        <div className="ticket-head__title"><span className="muted number">{ticket.number}</span><h1>{ticket.subject}</h1><StatusMark value={ticket.status} /></div>
        <div className="ticket-head__facts">
          <PriorityMark value={ticket.priority} />
          {ticket.customerId ? <span>{t('field.customerId')} <Link to="/customers/$id" params={{ id: ticket.customerId }}>{ticket.customerName ?? t('openCustomer')}</Link></span> : null}
          <span>{t('field.assigneeId')} <b>{ticket.assigneeName ?? t('unassigned')}</b></span>
          {ticket.clocks?.map((clock) => <ClockMark key={clock.name} clock={clock} named at={at} />)}
          {ticket.score ?? ticket.rating ? <span className="rating">{t('field.score')} <Rate disabled value={ticket.score ?? ticket.rating ?? 0} style={{ fontSize: 14 }} /></span> : null}
        </div>
        <ProblemAlert error={error} />
      </div>
      {editable ? (
        <div className="ticket-head__commands">
          {running && ticket.assigneeId !== user.id ? <Button loading={busy} onClick={() => void execute({ path: `tickets/${ticket.id}/assign`, body: { assigneeId: user.id }, version: ticket.version, done: t('saved') })}>{t('takeIt')}</Button> : null}
          {running ? <Button onClick={() => setDialog('assign')}>{t('assign')}</Button> : null}
          {running ? <Button type="primary" onClick={() => setDialog('resolve')}>{t('resolve')}</Button> : null}
          {ticket.status === 'resolved' || ticket.status === 'closed' ? <Button onClick={() => setDialog('rate')}>{t('rate')}</Button> : null}
          {!running ? <Button onClick={() => setDialog('reopen')}>{t('reopen')}</Button> : null}
          {ticket.status === 'resolved' ? <Button onClick={() => setDialog('close')}>{t('close')}</Button> : null}
        </div>
      ) : null}
      {dialog ? <CommandDialog ticket={ticket} dialog={dialog} onClose={() => setDialog(undefined)} /> : null}
    </header>
  );
};

interface Values { assigneeId?: string; text?: string; reason?: string; score?: number; comment?: string }

/** One dialog a command; what is asked is the body of the command. */
const CommandDialog = ({ ticket, dialog, onClose }: { ticket: Ticket; dialog: Dialog; onClose: () => void }) => {
  const { t } = useTranslation('tickets');
  const words = useTicketWords();
  const [form] = Form.useForm<Values>();
  const { busy, error, execute } = useCommandState();
  const submit = async (values: Values) => {
    const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
    if ((await execute({ path: `tickets/${ticket.id}/${dialog}`, body, version: ticket.version, done: t('saved'), ...words })) !== undefined) onClose();
  };
  return (
    <Modal open title={t(dialog)} okText={t(dialog)} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> form={form} layout="vertical" initialValues={{ assigneeId: ticket.assigneeId ?? undefined }} onFinish={(values) => void submit(values)}>
        {dialog === 'assign' ? <Form.Item name="assigneeId" label={t('field.assigneeId')} rules={[{ required: true, message: t('assigneeRequired') }]}><UserSelect autoFocus /></Form.Item> : null}
        {dialog === 'resolve' ? <Form.Item name="text" label={t('solution')} extra={t('solutionHint')} rules={[{ required: true, whitespace: true, message: t('solutionRequired') }]}><Input.TextArea autoFocus autoSize={{ minRows: 4, maxRows: 12 }} maxLength={8000} /></Form.Item> : null}
        {dialog === 'reopen' ? <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, message: t('reasonRequired') }]}><Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={1000} /></Form.Item> : null}
        {dialog === 'rate' ? (
          <>
            <Form.Item name="score" label={t('field.score')} rules={[{ required: true, message: t('scoreRequired') }]}><Rate /></Form.Item>
            <Form.Item name="comment" label={t('field.comment')}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} /></Form.Item>
          </>
        ) : null}
        {dialog === 'close' ? <p>{t('closeText')}</p> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
