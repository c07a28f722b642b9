import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';
import type { Intervention } from './reason-dialog';
import type { DeadLetter } from './types';

/** One message that was given up, with what it holds where the reader may see that. */
const DeadLetterDrawer = ({ id, known, onDiscard, onClose }: { id: string; known?: DeadLetter; onDiscard: (intervention: Intervention) => void; onClose: () => void }) => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const { busy, error: refusal, execute } = useCommandState();
  const change = can('operations.change');
  // The server shows its form and masks its words; only who may act on it asks for that.
  const { data, error, refetch } = useQuery({ queryKey: ['operations', 'dead-letters', id], queryFn: ({ signal }) => get<DeadLetter>(`operations/dead-letters/${id}`, {}, signal), enabled: change });
  const letter = data ?? known;
  const replay = async () => { if ((await execute({ path: `operations/dead-letters/${id}/replay`, done: t('dead.replayed') })) !== undefined) onClose(); };
  const discard = () => onDiscard({ title: t('dead.discardTitle', { count: 1 }), text: t('dead.discardText'), ok: t('dead.discard'), danger: true, command: { path: `operations/dead-letters/${id}/discard`, done: t('dead.discarded') } });
  return (
    <Drawer
      open title={t('dead.title')} size={560} onClose={onClose}
      extra={letter && change ? <span className="operations-actions"><Button type="primary" loading={busy} disabled={!letter.replayable} title={letter.replayable ? undefined : t('dead.unknown')} onClick={() => void replay()}>{t('dead.replay')}</Button><Button danger onClick={discard}>{t('dead.discard')}</Button></span> : null}
    >
      <ProblemAlert error={refusal} />
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {letter ? (
        <div className="operations-details">
          <dl className="operations-facts">
            <div><dt>{t('column.message')}</dt><dd><code>{letter.messageType}</code></dd></div>
            <div><dt>{t('column.queue')}</dt><dd><code>{letter.queue}</code></dd></div>
            <div><dt>{t('dead.id')}</dt><dd><code>{letter.id}</code></dd></div>
            <div><dt>{t('column.attempts')}</dt><dd className="number">{letter.attempts}</dd></div>
            <div><dt>{t('messages.sentAt')}</dt><dd><DateText value={letter.sentAt} as="instant" /></dd></div>
            <div><dt>{t('dead.failedAt')}</dt><dd><DateText value={letter.failedAt} as="instant" /></dd></div>
          </dl>
          <section className="operations-failure">
            <h3>{t('failure')}</h3>
            <p><code>{letter.exceptionType}</code></p>
            <p className="operations-error">{letter.exceptionMessage}</p>
          </section>
          {letter.body === undefined || letter.body === null ? null : (
            <section>
              <h3>{t('dead.body')}</h3>
              <pre className="operations-body" tabIndex={0}>{JSON.stringify(letter.body, null, 2)}</pre>
            </section>
          )}
        </div>
      ) : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </Drawer>
  );
};
export default DeadLetterDrawer;
