import { ApartmentOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { RelatedBox } from '@/components/record-layout';
import { DateText } from '@/components/values';
import type { Customer, CustomerRelation, RelatedCustomer, RelationsAnswer } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { todayIn } from '@/lib/format';
import { useList } from '@/lib/lists';
import { useLocale, useMay } from '@/lib/session';

const RelationDialog = lazy(() => import('./relation-dialog'));
const RelationMap = lazy(() => import('./relation-map'));

/** The name of a customer at the other end, as far as the user may see it. */
const Other = ({ id, name, hidden }: { id: string; name?: string | null; hidden: boolean }) => {
  const { t } = useTranslation('customers');
  return hidden ? <span className="muted">{t('relation.hidden')}</span> : <Link to="/customers/$id" params={{ id }}>{name ?? '—'}</Link>;
};

/** Whom a customer is related to, the group it belongs to, and the way to the picture of both. */
export const RelationsBox = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const run = useCommand();
  const { message } = App.useApp();
  const { asOf } = useAsOf();
  const { timeZone } = useLocale();
  const [editing, setEditing] = useState<CustomerRelation | 'new'>();
  const [map, setMap] = useState(false);
  const path = `customers/${customer.id}/relations`;
  const query = useList<CustomerRelation>(path);
  const group = query.data?.pages[0] as RelationsAnswer | undefined;
  const editable = may('change') && !asOf && !customer.archived && !customer.erased;
  const today = todayIn(timeZone);
  const say = (error: unknown) => { void message.error(error instanceof Error ? error.message : ''); };
  const nameOf = (relation: CustomerRelation) => relation.otherName ?? t('relation.hidden');

  const drop = async (relation: CustomerRelation) => {
    const { otherId, kind, label, from, to, note } = relation;
    const restore = () => { message.destroy(relation.id); run({ path, body: { otherId, kind, label: label ?? undefined, from: from ?? undefined, to: to ?? undefined, note: note ?? undefined }, done: t('relation.restored') }).catch(say); };
    try {
      await run({ method: 'DELETE', path: `${path}/${relation.id}` });
      // One whose words are gone, or whose other end the user may not see, cannot be said again.
      const undoable = !relation.erased && !relation.isOtherHidden;
      void message.info({ key: relation.id, duration: 8, content: <>{t('relation.removed')} {undoable ? <Button type="link" size="small" onClick={restore}>{t('attachment.undo')}</Button> : null}</> });
    } catch (error) { say(error); }
  };
  const groupRow = (word: string, row: RelatedCustomer) => <li key={row.id} className="contact"><span><span className="tag">{word}</span> <Other id={row.id} name={row.name} hidden={row.isHidden} /></span></li>;
  const empty = query.rows.length === 0 && !group?.parent && !group?.subsidiaryCount;
  return (
    <RelatedBox
      title={t('relation.title')} count={query.rows.length}
      action={
        <span>
          {asOf || empty ? null : <Button type="text" size="small" icon={<ApartmentOutlined />} aria-label={t('relation.map')} onClick={() => setMap(true)} />}
          {editable ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t('relation.add')} onClick={() => setEditing('new')} /> : null}
        </span>
      }
    >
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!query.isPending && empty && !query.error ? <p className="muted">{t('relation.none')}</p> : null}
      <ul>
        {group?.parent ? groupRow(t('relation.parentCompany'), group.parent) : null}
        {query.rows.map((relation) => (
          <li key={relation.id} className="contact">
            <span><span className="tag">{relation.kind === 'other' && relation.label ? relation.label : t(`relation.kind.${relation.kind}`)}</span> <Other id={relation.otherId} name={relation.otherName} hidden={relation.isOtherHidden} /></span>
            {editable ? (
              <span>
                <Button type="text" size="small" icon={<EditOutlined />} aria-label={t('relation.edit', { name: nameOf(relation) })} onClick={() => setEditing(relation)} />
                <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('relation.removeOf', { name: nameOf(relation) })} onClick={() => void drop(relation)} />
              </span>
            ) : null}
            {relation.label && relation.kind !== 'other' ? <span className="contact__line">{relation.label}</span> : null}
            {relation.from || relation.to ? (
              <span className="contact__line">
                {relation.from ? <DateText value={relation.from} /> : null}{' – '}{relation.to ? <DateText value={relation.to} /> : null}
                {relation.to && relation.to < today ? <span className="muted"> · {t('relation.over')}</span> : null}
              </span>
            ) : null}
            {relation.note ? <span className="contact__line">{relation.note}</span> : null}
          </li>
        ))}
        {group?.subsidiaries.slice(0, 5).map((row) => groupRow(t('relation.subsidiary'), row))}
      </ul>
      {query.hasNextPage ? <Button type="link" size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('relation.more')}</Button> : null}
      {group && group.subsidiaryCount > 5 && !asOf ? <Button type="link" size="small" onClick={() => setMap(true)}>{t('relation.allSubsidiaries', { count: group.subsidiaryCount })}</Button> : null}
      <Suspense fallback={null}>
        {editing ? <RelationDialog customer={customer} relation={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}
        {map ? <RelationMap customer={customer} onClose={() => setMap(false)} /> : null}
      </Suspense>
    </RelatedBox>
  );
};
