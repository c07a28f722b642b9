import { Button, Popconfirm, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { formatNumber } from '@/lib/format';
import { useCan, useLocale } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { DeadLetters } from './dead-letters';
import { useLiveList, useLiveRows } from './live';
import type { QueuedMessage, QueueStatus } from './types';
import { rateText, shortType, spanText } from './words';

const views = ['queues', 'waiting', 'scheduled', 'dead'] as const;
const search = z.object({ view: z.catch(z.optional(z.enum(views)), undefined), queue: z.catch(z.optional(z.string()), undefined) });

const Queues = ({ onOpen }: { onOpen: (view: (typeof views)[number], queue: string) => void }) => {
  const { t } = useTranslation('operations');
  const { locale } = useLocale();
  const query = useLiveRows<QueueStatus>('operations/queues');
  const count = (queue: QueueStatus, value: number, view?: (typeof views)[number]) =>
    value === 0 ? <span className="muted">0</span> : view ? (
      <button type="button" className="operations-link number" data-bad={view === 'dead'} onClick={() => onOpen(view, queue.name)} aria-label={t('queues.show', { count: value, view: t(`view.${view}`), queue: queue.name })}>{formatNumber(value, locale)}</button>
    ) : <span className="number">{formatNumber(value, locale)}</span>;
  const kind = (queue: QueueStatus) => [queue.ordered ? t('queues.ordered') : undefined, queue.external ? t('queues.external') : undefined].filter(Boolean).join(' · ') || t('queues.local');
  const oldest = (queue: QueueStatus) => (typeof queue.oldestSeconds === 'number' ? <span className="number">{spanText(queue.oldestSeconds, locale)}</span> : <span className="muted">—</span>);
  const columns: Column<QueueStatus>[] = [
    { key: 'name', title: t('column.queue'), width: 180, render: (queue) => <code>{queue.name}</code> },
    { key: 'kind', title: t('queues.kind'), width: 150, render: kind },
    { key: 'waiting', title: t('view.waiting'), width: 90, align: 'right', render: (queue) => count(queue, queue.waiting, 'waiting') },
    { key: 'running', title: t('queues.running'), width: 90, align: 'right', render: (queue) => count(queue, queue.running) },
    { key: 'scheduled', title: t('view.scheduled'), width: 90, align: 'right', render: (queue) => count(queue, queue.scheduled, 'scheduled') },
    { key: 'oldest', title: t('queues.oldest'), width: 110, align: 'right', render: oldest },
    { key: 'rate', title: t('queues.rate'), width: 110, align: 'right', render: (queue) => (typeof queue.handledPerMinute === 'number' ? <span className="number">{rateText(queue.handledPerMinute, locale)}</span> : <span className="muted">—</span>) },
    { key: 'dead', title: t('view.dead'), width: 90, align: 'right', render: (queue) => count(queue, queue.deadLetters, 'dead') },
  ];
  return (
    <DataList<QueueStatus>
      label={t('view.queues')} query={query} rowKey={(queue) => queue.name} columns={columns} empty={<EmptyState title={t('queues.none')} />}
      card={(queue) => (
        <div className="operations-card">
          <code>{queue.name}</code><span className="muted">{kind(queue)}</span>
          <span className="operations-card__wide operations-card__counts">
            <span>{t('view.waiting')} {count(queue, queue.waiting, 'waiting')}</span><span>{t('queues.running')} {count(queue, queue.running)}</span>
            <span>{t('view.scheduled')} {count(queue, queue.scheduled, 'scheduled')}</span><span>{t('view.dead')} {count(queue, queue.deadLetters, 'dead')}</span>
          </span>
        </div>
      )}
    />
  );
};

const Cancel = ({ message }: { message: QueuedMessage }) => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  if (!can('operations.change') || message.status !== 'scheduled') return null;
  return (
    <>
      <Popconfirm title={t('messages.cancelAsk')} description={t('messages.cancelText')} okText={t('messages.cancel')} cancelText={t('messages.keep')} okButtonProps={{ danger: true }} onConfirm={() => void execute({ path: `operations/messages/${message.id}/cancel`, done: t('messages.cancelled') })}>
        <Button size="small" loading={busy}>{t('messages.cancel')}</Button>
      </Popconfirm>
      <ProblemAlert error={error} />
    </>
  );
};

const Waiting = ({ status, queue }: { status: 'waiting' | 'scheduled'; queue?: string }) => {
  const { t } = useTranslation('operations');
  const query = useLiveList<QueuedMessage>('operations/messages', { status, queue });
  const at = (message: QueuedMessage) => <DateText value={status === 'scheduled' ? message.dueAt : message.sentAt} as="instant" />;
  const columns: Column<QueuedMessage>[] = [
    { key: 'type', title: t('column.message'), width: 240, render: (message) => <span title={message.messageType}>{shortType(message.messageType)}</span> },
    { key: 'queue', title: t('column.queue'), width: 160, render: (message) => <code>{message.queue}</code> },
    { key: 'at', title: t(status === 'scheduled' ? 'messages.due' : 'messages.sentAt'), width: 150, render: at },
    { key: 'attempts', title: t('column.attempts'), width: 90, align: 'right', render: (message) => <span className="number">{message.attempts}</span> },
    ...(status === 'scheduled' ? [{ key: 'cancel', title: t('column.actions'), width: 110, render: (message: QueuedMessage) => <Cancel message={message} /> }] : []),
  ];
  return (
    <DataList<QueuedMessage>
      label={t(`view.${status}`)} query={query} rowKey={(message) => message.id} columns={columns} empty={<EmptyState title={t(status === 'scheduled' ? 'messages.noneScheduled' : 'messages.noneWaiting')} />}
      card={(message) => (
        <div className="operations-card">
          <span>{shortType(message.messageType)}</span><Cancel message={message} />
          <span className="operations-card__wide muted"><code>{message.queue}</code> · {at(message)}</span>
        </div>
      )}
    />
  );
};

/** Queues, what waits in them, and what was given up. */
export const Messages = () => {
  const { t } = useTranslation('operations');
  const [state, setState] = useUrlState(search);
  const queues = useLiveRows<QueueStatus>('operations/queues');
  const view = state.view ?? 'queues';
  const dead = queues.rows.reduce((sum, queue) => sum + queue.deadLetters, 0);
  return (
    <>
      <div className="operations-tools">
        <Segmented
          aria-label={t('messagesTitle')} value={view} onChange={(next) => setState({ view: next === 'queues' ? undefined : next })}
          options={views.map((value) => ({ value, label: value === 'dead' && dead > 0 ? `${t(`view.${value}`)} (${dead})` : t(`view.${value}`) }))}
        />
        {view === 'queues' ? null : (
          <Select
            allowClear showSearch placeholder={t('queues.all')} aria-label={t('column.queue')} value={state.queue} onChange={(queue: string | undefined) => setState({ queue })} style={{ minWidth: 180 }}
            options={queues.rows.map((queue) => ({ value: queue.name, label: queue.name }))}
          />
        )}
      </div>
      {view === 'queues' ? <Queues onOpen={(next, queue) => setState({ view: next, queue })} />
        : view === 'dead' ? <DeadLetters key={state.queue} queue={state.queue} />
          : <Waiting key={view} status={view} queue={state.queue} />}
    </>
  );
};
