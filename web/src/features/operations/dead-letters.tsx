import { Button, Checkbox, Select } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { useLiveList } from './live';
import { ReasonDialog, type Intervention } from './reason-dialog';
import type { DeadLetter } from './types';
import { shortType } from './words';

const DeadLetterDrawer = lazy(() => import('./dead-letter-drawer'));
const search = z.object({ letter: z.catch(z.optional(z.string()), undefined), type: z.catch(z.optional(z.string()), undefined) });

/** Messages that were given up: look at one, run some or all of them again, or discard them with a reason. */
export const DeadLetters = ({ queue }: { queue?: string }) => {
  const { t } = useTranslation('operations');
  const can = useCan();
  const change = can('operations.change');
  const [state, setState] = useUrlState(search);
  const { type } = state;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [intervention, setIntervention] = useState<Intervention>();
  const { busy, error, execute } = useCommandState();
  const query = useLiveList<DeadLetter>('operations/dead-letters', { queue, type });
  const ids = query.rows.filter((letter) => chosen.has(letter.id)).map((letter) => letter.id);
  const types = [...new Set([...query.rows.map((letter) => letter.messageType), ...(type ? [type] : [])])].sort();
  const choose = (id: string, on: boolean) => setChosen((before) => { const next = new Set(before); if (on) next.add(id); else next.delete(id); return next; });
  const everyOne = query.rows.length > 0 && ids.length === query.rows.length;
  const selection = everyOne && (queue ?? type) && query.hasNextPage ? { queue, messageType: type } : { ids };

  const replay = async () => { if ((await execute({ path: 'operations/dead-letters/replay', body: selection, done: t('dead.replayed') })) !== undefined) setChosen(new Set()); };
  const discard = () => setIntervention({
    title: 'ids' in selection ? t('dead.discardTitle', { count: ids.length }) : t('dead.discardAll'), text: t('dead.discardText'), ok: t('dead.discard'), danger: true,
    command: { path: 'operations/dead-letters/discard', body: selection, done: t('dead.discarded') },
  });
  const box = (letter: DeadLetter) => <Checkbox checked={chosen.has(letter.id)} onChange={(event) => choose(letter.id, event.target.checked)} aria-label={t('dead.choose', { type: shortType(letter.messageType) })} />;
  const name = (letter: DeadLetter) => <button type="button" className="operations-link" title={letter.messageType} onClick={() => setState({ letter: letter.id })}>{shortType(letter.messageType)}</button>;
  const failure = (letter: DeadLetter) => <span className="operations-error" title={letter.exceptionMessage ?? undefined}>{shortType(letter.exceptionType ?? '')}{letter.exceptionMessage ? `: ${letter.exceptionMessage}` : ''}</span>;
  const columns: Column<DeadLetter>[] = [
    ...(change ? [{ key: 'box', title: '', width: 44, render: box }] : []),
    { key: 'type', title: t('column.message'), width: 190, render: name },
    { key: 'queue', title: t('column.queue'), width: 130, render: (letter) => <code>{letter.queue}</code> },
    { key: 'failure', title: t('failure'), width: 320, render: failure },
    { key: 'attempts', title: t('column.attempts'), width: 80, align: 'right', render: (letter) => <span className="number">{letter.attempts}</span> },
    { key: 'failed', title: t('dead.failedAt'), width: 140, render: (letter) => <DateText value={letter.failedAt} as="instant" /> },
    { key: 'state', title: t('column.state'), width: 190, render: (letter) => (letter.replayable ? t('dead.replayable') : <span className="operations-state" data-state="paused">{t('dead.unknown')}</span>) },
  ];
  return (
    <>
      <div className="operations-tools">
        <Select
          allowClear showSearch placeholder={t('dead.byType')} aria-label={t('dead.byType')} value={type} onChange={(next: string | undefined) => setState({ type: next })} style={{ minWidth: 200 }}
          options={types.map((value) => ({ value, label: shortType(value) }))}
        />
        {change && query.rows.length > 0 ? (
          <>
            <Checkbox checked={everyOne} indeterminate={ids.length > 0 && !everyOne} onChange={(event) => setChosen(event.target.checked ? new Set(query.rows.map((letter) => letter.id)) : new Set())}>{t('dead.all')}</Checkbox>
            <Button disabled={ids.length === 0} loading={busy} onClick={() => void replay()}>{'ids' in selection ? t('dead.replayCount', { count: ids.length }) : t('dead.replayAll')}</Button>
            <Button danger disabled={ids.length === 0} onClick={discard}>{'ids' in selection ? t('dead.discardCount', { count: ids.length }) : t('dead.discardAll')}</Button>
          </>
        ) : null}
      </div>
      <ProblemAlert error={error} />
      <DataList<DeadLetter>
        label={t('view.dead')} query={query} rowKey={(letter) => letter.id} columns={columns} onOpen={(letter) => setState({ letter: letter.id })}
        empty={<EmptyState title={t('dead.none')} description={t('dead.noneText')} />}
        card={(letter) => (
          <div className="operations-card">
            <span>{change ? box(letter) : null} {name(letter)}</span><code>{letter.queue}</code>
            <span className="operations-card__wide operations-card__clip">{failure(letter)}</span>
          </div>
        )}
      />
      <Suspense fallback={null}>{state.letter ? <DeadLetterDrawer id={state.letter} known={query.rows.find((letter) => letter.id === state.letter)} onDiscard={setIntervention} onClose={() => setState({ letter: undefined })} /> : null}</Suspense>
      {intervention ? <ReasonDialog intervention={intervention} onClose={(happened) => { setIntervention(undefined); if (happened) { setChosen(new Set()); setState({ letter: undefined }); } }} /> : null}
    </>
  );
};
