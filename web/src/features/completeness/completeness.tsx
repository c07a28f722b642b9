import { SettingOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Progress, Segmented, Select, Skeleton, Statistic } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { CompletenessFigures, Customer } from '@/lib/api-types';
import { and, equals, has } from '@/lib/filter';
import { formatRatio } from '@/lib/format';
import { get } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useCan, useLocale } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { Fill } from './fill';
import { usePlace } from './place';
import './completeness.css';

const CountedDialog = lazy(() => import('./counted-dialog'));
const state = z.object({
  by: z.catch(z.optional(z.enum(['owner', 'department'])), undefined),
  owner: z.catch(z.optional(z.string()), undefined),
  missing: z.catch(z.optional(z.string()), undefined),
});

/** How complete the customers' files are, and the list to work off: the least complete first, one after the other. */
export const CompletenessPage = () => {
  const { t } = useTranslation('completeness');
  const { locale } = useLocale();
  const can = useCan();
  const place = usePlace();
  const [{ by, owner, missing }, setState] = useUrlState(state);
  const [settling, setSettling] = useState(false);
  const [at, setAt] = useState<string>();
  const figures = useQuery({ queryKey: ['customers', 'completeness', by], queryFn: ({ signal }) => get<CompletenessFigures>('customers/completeness', { groupBy: by }, signal) });
  const ratio = (value: number) => formatRatio(value, locale, 1);
  const list = useList<Customer>('customers', { filter: and(figures.data?.filter, equals('ownerId', owner), has('missing', missing ? [missing] : undefined)), sort: 'completeness' }, Boolean(figures.data));
  const index = Math.max(0, list.rows.findIndex((customer) => customer.id === at));
  const current = list.rows[index];
  const next = () => {
    const following = list.rows[index + 1];
    if (following) setAt(following.id);
    if (index > list.rows.length - 10 && list.hasNextPage) void list.fetchNextPage();
  };
  return (
    <>
      <PageHeader title={t('title')} extra={can('custom-fields.change') ? <Button icon={<SettingOutlined />} onClick={() => setSettling(true)}>{t('settle')}</Button> : null} />
      <ProblemAlert error={figures.error} onRetry={() => void figures.refetch()} />
      {figures.data ? (
        <div className="completeness">
          <section className="completeness__figures" aria-label={t('figures')}>
            <Statistic title={t('average')} value={ratio(figures.data.average)} />
            <Statistic title={t('atTarget', { target: formatRatio(figures.data.target, locale, 0) })} value={ratio(figures.data.atTarget)} />
            <Statistic title={t('count')} value={figures.data.count} />
            <p className="muted">{t('formula')}</p>
          </section>
          <section>
            <div className="completeness__head"><h2>{t('groups')}</h2><Segmented aria-label={t('groupBy')} value={by ?? 'owner'} options={[{ value: 'owner', label: t('byOwner') }, { value: 'department', label: t('byDepartment') }]} onChange={(value) => setState({ by: value === 'owner' ? undefined : 'department' })} /></div>
            <table className="completeness__table">
              <thead><tr><th scope="col">{t(by === 'department' ? 'department' : 'owner')}</th><th scope="col">{t('count')}</th><th scope="col">{t('average')}</th><th scope="col">{t('reach')}</th></tr></thead>
              <tbody>
                {figures.data.groups.slice(0, 50).map((group) => (
                  <tr key={group.ownerId ?? group.departmentId ?? ''}>
                    <th scope="row">{group.ownerId ? <button type="button" className="link" onClick={() => { setAt(undefined); setState({ owner: group.ownerId! }); }}>{group.ownerName ?? '…'}</button> : (group.departmentName ?? t('nobody'))}</th>
                    <td>{group.count}</td><td><Progress percent={Math.round(group.average * 1000) / 10} size="small" /></td><td>{ratio(group.atTarget)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <section className="completeness__work">
            <h2>{t('work')}</h2>
            <div className="completeness__filters">
              <Select allowClear placeholder={t('missing')} aria-label={t('missing')} value={missing} onChange={(value) => { setAt(undefined); setState({ missing: value }); }} options={figures.data.missing.map((field) => ({ value: field.field, label: t('lacks', { field: place(field.field), count: field.count }) }))} style={{ minWidth: 220 }} />
              <UserSelect placeholder={t('owner')} aria-label={t('owner')} value={owner} onChange={(value) => { setAt(undefined); setState({ owner: value }); }} style={{ minWidth: 180 }} />
            </div>
            <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
            {list.isPending ? <Skeleton active /> : current ? (
              <div className="completeness__split">
                <ul className="completeness__list" aria-label={t('work')}>
                  {list.rows.slice(Math.max(0, index - 5), index + 25).map((customer) => (
                    <li key={customer.id}><button type="button" className="link" aria-current={customer.id === current.id ? 'true' : undefined} onClick={() => setAt(customer.id)}><span>{customer.name}</span><span className="muted">{formatRatio(customer.completeness, locale, 0)}</span></button></li>
                  ))}
                </ul>
                <div>
                  <div className="completeness__head"><h3><Link to="/customers/$id" params={{ id: current.id }}>{current.name}</Link></h3><Button onClick={next} disabled={index >= list.rows.length - 1 && !list.hasNextPage}>{t('next')}</Button></div>
                  <Fill key={current.id} customer={current} />
                </div>
              </div>
            ) : <EmptyState title={t('none')} />}
          </section>
        </div>
      ) : figures.isPending ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      <Suspense fallback={null}>{settling ? <CountedDialog onClose={() => setSettling(false)} /> : null}</Suspense>
    </>
  );
};
