import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button, Form, Input, Rate, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { PublicTicket } from '@/lib/api-types';
import { get, post } from '@/lib/http';
import { PublicFrame } from './public-frame';

const steps = ['received', 'inWork', 'answered', 'resolved'] as const;
const reached = { open: 0, assigned: 1, answered: 2, solutionProposed: 2, resolved: 3, closed: 3 } as const;

/** What became of a request; the token of the link is the only key. */
export const PublicTicketPage = () => {
  const { t } = useTranslation('public-form');
  const { token } = useParams({ from: '/form/$token' });
  const { data: ticket, error, refetch } = useQuery({ queryKey: ['public-ticket', token], queryFn: ({ signal }) => get<PublicTicket>(`public/tickets/${encodeURIComponent(token)}`, undefined, signal), refetchInterval: 60_000 });
  if (!ticket) return <PublicFrame title={t('follow')}>{error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : <Skeleton active />}</PublicFrame>;
  const done = ticket.status === 'resolved' || ticket.status === 'closed';
  return (
    <PublicFrame title={ticket.subject} text={t('numberOf', { number: ticket.number })}>
      <ol className="public__steps" aria-label={t('progress')}>
        {steps.map((step, index) => <li key={step} data-done={index <= reached[ticket.status]} aria-current={index === reached[ticket.status] ? 'step' : undefined}>{t(`step.${step}`)}</li>)}
      </ol>
      {ticket.description ? <div className="public__answer" data-own="true"><div className="public__who"><b>{t('you')}</b><DateText value={ticket.openedAt} as="instant" /></div><p>{ticket.description}</p></div> : null}
      {ticket.answers.map((answer, index) => (
        <div key={index} className="public__answer"><div className="public__who"><b>{t('desk')}</b><DateText value={answer.at} as="instant" /></div><p>{answer.text}</p></div>
      ))}
      {!done && ticket.answers.length === 0 ? <p className="muted" style={{ marginTop: 12 }}>{t('waiting')}</p> : null}
      {done ? <Rating token={token} ticket={ticket} /> : null}
    </PublicFrame>
  );
};

const Rating = ({ token, ticket }: { token: string; ticket: PublicTicket }) => {
  const { t } = useTranslation('public-form');
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  if (ticket.score) return <section className="public__rate"><h2>{t('rated')}</h2><Rate disabled value={ticket.score} />{ticket.comment ? <p>{ticket.comment}</p> : null}</section>;
  const submit = async (values: { score: number; comment?: string }) => {
    setBusy(true);
    setError(undefined);
    try {
      await post(`public/tickets/${encodeURIComponent(token)}/rate`, { score: values.score, comment: values.comment || undefined });
      await client.invalidateQueries({ queryKey: ['public-ticket', token] });
    } catch (problem) { setError(problem); } finally { setBusy(false); }
  };
  return (
    <section className="public__rate">
      <h2>{t('rateTitle')}</h2>
      <Form name="rating" layout="vertical" onFinish={(values: { score: number; comment?: string }) => void submit(values)}>
        <Form.Item name="score" label={t('score')} rules={[{ required: true, message: t('scoreRequired') }]}><Rate /></Form.Item>
        <Form.Item name="comment" label={t('comment')}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} /></Form.Item>
        {error ? <div style={{ marginBottom: 14 }}><ProblemAlert error={error} /></div> : null}
        <Button type="primary" htmlType="submit" loading={busy}>{t('rateSubmit')}</Button>
      </Form>
    </section>
  );
};
