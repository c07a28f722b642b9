import { BarChartOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App, Button, Modal, Progress, Spin, Tag as Chip } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import type { Tag, TagCounts } from '@/lib/api-types';
import { formatMinutes } from '@/lib/format';
import { get } from '@/lib/http';
import { isProblem } from '@/lib/problem';
import { useCan, useLocale } from '@/lib/session';
import { dimensions, useTags } from '@/lib/tags';
import { MonthCounts } from './month-counts';
import { useDimension, useRuleWords } from './tag-words';
import { TierRules } from './tier-rules';

const TagDialog = lazy(() => import('./tag-dialog'));

const Counts = ({ tag, onClose }: { tag: Tag; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const query = useQuery({ queryKey: ['tags', tag.id, 'counts'], queryFn: ({ signal }) => get<TagCounts>(`tags/${tag.id}/counts`, {}, signal) });
  return (
    <Modal open footer={null} title={t('tags.countsOf', { name: tag.name })} onCancel={onClose}>
      {query.data ? <MonthCounts counts={query.data} /> : query.error ? <ProblemAlert error={query.error} /> : <Spin />}
    </Modal>
  );
};

/** How far the working out of a rule for all customers has come; nothing once it is done. */
const Work = ({ tag }: { tag: Tag }) => {
  const { t } = useTranslation('settings');
  const { locale } = useLocale();
  if (!tag.computing) return null;
  const { customersDone: done, customersTotal: total, remainingSeconds: left } = tag;
  const known = typeof done === 'number' && typeof total === 'number';
  return (
    <span role="status" className="tag-work">
      <Progress size="small" percent={known && total > 0 ? Math.round((100 * done) / total) : 0} status="active" showInfo={known} aria-label={`${tag.name}: ${t('tags.computing')}`} />
      <span className="muted">{t('tags.computing')}{known ? ` ${t('tags.worked', { done: done.toLocaleString(locale), total: total.toLocaleString(locale) })}` : ''}{left ? ` · ${t('tags.remaining', { time: left < 60 ? t('tags.seconds', { count: left }) : formatMinutes(Math.ceil(left / 60), locale) })}` : ''}</span>
    </span>
  );
};

/** The catalogue of tags with the rules that give some of them, and the thresholds of the value tiers. */
export const Tags = () => {
  const { t } = useTranslation('settings');
  const { modal, message } = App.useApp();
  const can = useCan();
  const run = useCommand();
  const query = useTags(true);
  const words = useRuleWords();
  const dimension = useDimension();
  const [editing, setEditing] = useState<Tag | 'new'>();
  const [counting, setCounting] = useState<Tag>();
  const rank = (tag: Tag) => { const at = dimensions.indexOf(tag.dimension); return at < 0 ? dimensions.length : at; };
  const rows = [...(query.data ?? [])].sort((a, b) => rank(a) - rank(b) || a.dimension.localeCompare(b.dimension) || a.name.localeCompare(b.name));

  const retire = (tag: Tag) => modal.confirm({
    title: t('tags.retireTitle', { name: tag.name }), content: t('tags.retireText'), okText: t('tags.retire'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run({ method: 'DELETE', path: `tags/${tag.id}`, done: t('tags.retired'), refresh: [['customers']] }).catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); }),
  });
  const actions = (tag: Tag) => (
    <>
      {can('tags.change') ? <Button type="text" size="small" icon={<BarChartOutlined />} onClick={() => setCounting(tag)} aria-label={t('tags.countsOf', { name: tag.name })} /> : null}
      {can('tags.change') ? <Button type="link" size="small" onClick={() => setEditing(tag)} aria-label={t('tags.edit', { name: tag.name })}>{t('edit')}</Button> : null}
      {can('tags.delete') ? <Button type="link" size="small" danger onClick={() => retire(tag)} aria-label={t('tags.retireTitle', { name: tag.name })}>{t('tags.retire')}</Button> : null}
    </>
  );
  const rule = (tag: Tag) => (tag.conditions ? words(tag.conditions).join(' + ') : t('tags.hand'));
  const add = can('tags.create') ? <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('tags.add')}</Button> : null;
  const columns: Column<Tag>[] = [
    { key: 'name', title: t('tags.name'), width: 180, render: (tag) => <span title={tag.formerNames.length ? t('tags.former', { names: tag.formerNames.join('、') }) : undefined}><Chip color={tag.color === 'default' ? undefined : tag.color}>{tag.name}</Chip></span> },
    { key: 'dimension', title: t('tags.dimension'), width: 120, render: (tag) => dimension(tag.dimension) },
    { key: 'rule', title: t('tags.rule'), width: 420, render: (tag) => <span className={tag.conditions ? undefined : 'muted'}>{rule(tag)}<Work tag={tag} /></span> },
    { key: 'actions', title: '', width: 190, align: 'right', render: actions },
  ];
  return (
    <>
      {add ? <div className="settings__tools">{add}</div> : null}
      <DataList<Tag>
        label={t('tags.title')} rowKey={(tag) => tag.id} columns={columns} empty={<EmptyState title={t('tags.none')} description={t('tags.noneText')} action={add} />}
        query={{ rows, isPending: query.isPending, isFetching: query.isFetching, isPlaceholderData: false, error: query.error, hasNextPage: false, isFetchingNextPage: false, fetchNextPage: () => undefined, refetch: query.refetch }}
        card={(tag) => <div className="settings__card"><span><Chip color={tag.color === 'default' ? undefined : tag.color}>{tag.name}</Chip><span className="muted">{dimension(tag.dimension)}</span></span><span>{rule(tag)}<Work tag={tag} /></span><span>{actions(tag)}</span></div>}
      />
      {can('tags.change') ? <TierRules /> : null}
      {counting ? <Counts tag={counting} onClose={() => setCounting(undefined)} /> : null}
      <Suspense fallback={null}>{editing ? <TagDialog tag={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
