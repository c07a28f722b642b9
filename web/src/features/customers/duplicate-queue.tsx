import { Link } from '@tanstack/react-router';
import { App, Button, Segmented } from 'antd';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { DuplicatePair } from '@/lib/api-types';
import { formatRatio } from '@/lib/format';
import { useList } from '@/lib/lists';
import { useCan, useLocale } from '@/lib/session';
import { useShortcut } from '@/lib/shortcuts';
import { useUrlState } from '@/lib/url-state';
import { MergeForm } from './merge-form';
import './customers.css';

const states = ['open', 'dismissed', 'merged'] as const;
const duplicatesState = z.object({ state: z.catch(z.enum(states), 'open') });

const Why = ({ pair }: { pair: DuplicatePair }) => {
  const { t } = useTranslation('customers');
  const { locale } = useLocale();
  return <span className="candidate__reasons">{pair.reasons.map((reason) => t(`duplicate.reason.${reason}`)).join(' · ')} · {t('duplicate.score', { score: formatRatio(pair.score, locale, 0) })}</span>;
};

/** One pair after the other: merge, say that they are two, or come back to it later; by keys as well. */
const WorkOff = () => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const { message } = App.useApp();
  const query = useList<DuplicatePair>('customers/duplicates/queue', { state: 'open' });
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const { busy, error, execute } = useCommandState();
  const pair = query.rows.find((each) => !later.has(each.id));
  const skip = useCallback(() => { if (pair) setLater((before) => new Set([...before, pair.id])); }, [pair]);
  const dismiss = useCallback(() => {
    if (!pair || busy) return;
    skip();
    void execute({ path: `customers/${pair.aId}/duplicates/${pair.bId}/dismiss` }).then(() => void message.success(t('duplicate.dismissed')));
  }, [pair, busy, execute, message, skip, t]);
  useShortcut('d', t('duplicate.dismiss'), dismiss);
  useShortcut('s', t('duplicate.later'), skip);

  if (query.error) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!pair) {
    if (query.hasNextPage) return <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('duplicate.more')}</Button>;
    return query.isPending ? <div aria-busy="true" /> : <EmptyState title={t('duplicate.none')} description={t('duplicate.noneText')} action={later.size > 0 ? <Button onClick={() => setLater(new Set())}>{t('duplicate.again', { count: later.size })}</Button> : null} />;
  }
  return (
    <section className="merge" aria-label={t('duplicate.pair', { a: pair.aName, b: pair.bName })}>
      <p><Why pair={pair} /></p>
      {error ? <ProblemAlert error={error} /> : null}
      <MergeForm
        key={pair.id} aId={pair.aId} bId={pair.bId} may={can('customers.change')} onMerged={skip}
        extra={<>
          {can('customers.change') ? <Button loading={busy} onClick={dismiss} aria-keyshortcuts="d">{t('duplicate.dismiss')} <kbd>D</kbd></Button> : null}
          <Button type="text" onClick={skip} aria-keyshortcuts="s">{t('duplicate.later')} <kbd>S</kbd></Button>
        </>}
      />
    </section>
  );
};

const Settled = ({ state }: { state: 'dismissed' | 'merged' }) => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const query = useList<DuplicatePair>('customers/duplicates/queue', { state });
  const { execute } = useCommandState();
  const names = (pair: DuplicatePair) => (
    <>
      <Link to="/customers/$id" params={{ id: pair.mergedInto ?? pair.aId }}>{pair.mergedInto === pair.bId ? pair.bName : pair.aName}</Link>
      {state === 'merged' ? ` ← ${pair.mergedInto === pair.bId ? pair.aName : pair.bName}` : <> ≠ <Link to="/customers/$id" params={{ id: pair.bId }}>{pair.bName}</Link></>}
    </>
  );
  const reopen = (pair: DuplicatePair) => (state === 'dismissed' && can('customers.change')
    ? <Button size="small" onClick={() => void execute({ path: `customers/${pair.aId}/duplicates/${pair.bId}/reopen`, done: t('duplicate.reopened') })}>{t('duplicate.reopen')}</Button> : null);
  const columns: Column<DuplicatePair>[] = [
    { key: 'names', title: t('title'), width: 380, render: names },
    { key: 'why', title: t('duplicate.why'), width: 260, render: (pair) => <Why pair={pair} /> },
    { key: 'by', title: t('duplicate.by'), width: 140, render: (pair) => pair.dismissedByName ?? <span className="muted">—</span> },
    { key: 'at', title: t('duplicate.at'), width: 120, render: (pair) => <DateText value={pair.dismissedAt ?? pair.at} as="relative" /> },
    { key: 'commands', title: '', width: 160, render: reopen },
  ];
  return (
    <DataList<DuplicatePair>
      label={t(`duplicate.state.${state}`)} query={query} rowKey={(pair) => pair.id} rowName={(pair) => pair.aName} columns={columns}
      card={(pair) => <div><div>{names(pair)}</div><Why pair={pair} /><div>{reopen(pair)}</div></div>}
      empty={<EmptyState title={t('duplicate.noneSettled')} />}
    />
  );
};

/** 查重: the pairs among all customers on file that are likely to be one. */
export const DuplicatesPage = () => {
  const { t } = useTranslation('customers');
  const [{ state }, setState] = useUrlState(duplicatesState);
  return (
    <>
      <PageHeader title={t('duplicate.queue')}>
        <Segmented aria-label={t('duplicate.queue')} value={state} options={states.map((value) => ({ value, label: t(`duplicate.state.${value}`) }))} onChange={(next) => setState({ state: next })} />
      </PageHeader>
      {state === 'open' ? <div className="merge-page"><WorkOff /></div> : <Settled state={state} />}
    </>
  );
};
