import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Modal, Progress, Segmented, Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText } from '@/components/values';
import type { Customer, CustomerMerge, RecordMove, UnmergePreview } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { post } from '@/lib/http';
import { useMay } from '@/lib/session';
import { useCustomerWords } from './words';

/** Takes a merge back: what happened since and to whom it goes. */
const UnmergeDialog = ({ customer, merge, onClose }: { customer: Customer; merge: CustomerMerge; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const words = useCustomerWords();
  const [assigned, setAssigned] = useState<Record<string, 'source' | 'target'>>({});
  const assign = Object.entries(assigned).map(([eventId, to]) => ({ eventId, to }));
  const { data, error } = useQuery({
    queryKey: ['customers', customer.id, 'unmerge', merge.id, assigned],
    queryFn: ({ signal }) => post<UnmergePreview>(`customers/${customer.id}/unmerge/preview`, { mergeId: merge.id, assign }, { reads: true, signal }),
    placeholderData: (before) => before, retry: false,
  });
  const command = useCommandState();
  const undo = async () => {
    if (await command.execute({ path: `customers/${customer.id}/unmerge`, body: { mergeId: merge.id, assign }, done: t('merge.undone', { name: merge.sourceName }), refresh: [['opportunities'], ['tickets']] })) onClose();
  };
  return (
    <Modal open title={t('merge.undoTitle', { name: merge.sourceName })} okText={t('merge.undo')} cancelText={t('common:cancel')} okButtonProps={{ loading: command.busy, disabled: !data }} onOk={() => void undo()} onCancel={onClose}>
      <p>{t('merge.undoText')}</p>
      {error ? <ProblemAlert error={error} /> : null}
      {command.error ? <ProblemAlert error={command.error} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data && data.kept.length > 0 ? <p>{t('merge.kept', { fields: data.kept.map(words.fieldLabel).join(t('common:comma')) })}</p> : null}
      {data?.leftOut.map((left) => <p key={left.customerId}>{t('merge.leftOut', { name: left.customerId === data.source.id ? data.source.name : data.target.name })}</p>)}
      {data && data.activities.length > 0 ? (
        <ul className="merge__since">
          {data.activities.map((activity) => (
            <li key={activity.eventId}>
              <span>{words.eventLabel(activity.type)} · {activity.actorName} · <DateText value={activity.at} as="relative" /></span>
              {activity.isAssignable
                ? <Segmented size="small" aria-label={t('merge.goesTo')} value={activity.to} options={[{ value: 'target', label: data.target.name }, { value: 'source', label: data.source.name }]} onChange={(to: string) => setAssigned((before) => ({ ...before, [activity.eventId]: to as 'source' | 'target' }))} />
                : <span className="muted">{activity.to === 'source' ? data.source.name : data.target.name}</span>}
            </li>
          ))}
        </ul>
      ) : null}
    </Modal>
  );
};

/** How many records a merge has moved so far, or has moved back. */
const Moving = ({ move }: { move: RecordMove }) => {
  const { t } = useTranslation('customers');
  const { moved, total } = move;
  const words = typeof total !== 'number' ? (move.isBack ? t('merge.movingBackSome', { moved }) : t('merge.movingSome', { moved })) : move.isBack ? t('merge.movingBack', { moved, total }) : t('merge.moving', { moved, total });
  return (
    <span role="status" className="merge__moving">
      <Progress size="small" percent={total ? Math.min(99, Math.round((100 * moved) / total)) : 0} status="active" showInfo={false} aria-label={words} />
      <span className="muted">{words}</span>
    </span>
  );
};

/** The customers that were merged into this one, each of which can be one of its own again, with the records that are still on their way. */
export const MergesBox = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const { asOf } = useAsOf();
  const [undoing, setUndoing] = useState<CustomerMerge>();
  const [merges, moves] = [customer.merges ?? [], asOf ? [] : (customer.recordMoves ?? [])];
  const client = useQueryClient();
  const moving = moves.length > 0;
  useEffect(() => {
    if (!moving) return undefined;
    const timer = window.setInterval(() => void client.invalidateQueries({ queryKey: ['customers', customer.id, 'record'] }), 2000);
    return () => window.clearInterval(timer);
  }, [moving, client, customer.id]);
  if (merges.length === 0 && !moving) return null;
  return (
    <RelatedBox title={t('merge.title')} count={merges.length}>
      {moves.filter((move) => move.isBack).map((move) => <Moving key={move.mergeId} move={move} />)}
      {merges.map((merge) => (
        <div key={merge.id} className="merge__item">
          <span>{merge.sourceName} · <DateText value={merge.at} as="relative" />{moves.filter((move) => move.mergeId === merge.id && !move.isBack).map((move) => <Moving key={move.mergeId} move={move} />)}</span>
          {may('delete') && !asOf && !customer.erased ? <Button size="small" onClick={() => setUndoing(merge)}>{t('merge.undo')}</Button> : null}
        </div>
      ))}
      {undoing ? <UnmergeDialog customer={customer} merge={undoing} onClose={() => setUndoing(undefined)} /> : null}
    </RelatedBox>
  );
};
