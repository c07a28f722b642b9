import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Input } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { DataList, type Column, type Selection } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { PageHeader } from '@/components/page-header';
import { PickButton } from '@/components/selection-bar';
import { DateText } from '@/components/values';
import type { PoolCustomer, PoolShare } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { get } from '@/lib/http';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { ClaimButton } from './claim-button';
import { ClaimMany } from './claim-many';
import { KindIcon, LifecycleMark, TierMark } from './marks';

const poolState = z.object({
  q: z.catch(z.optional(z.coerce.string()), undefined),
  sort: z.catch(z.optional(z.string().check(z.regex(/^-?[\w.]+$/))), undefined),
});

/** How many the user holds, has claimed today, and is about to lose. */
const Share = () => {
  const { t } = useTranslation('customers');
  const { data } = useQuery({ queryKey: ['pool', 'mine'], queryFn: ({ signal }) => get<PoolShare>('pool/mine', undefined, signal) });
  if (!data) return null;
  return (
    <p className="muted" aria-live="polite">
      {data.holdingCap ? t('pool.heldOf', { held: data.held, cap: data.holdingCap }) : t('pool.held', { count: data.held })}
      {' · '}{data.dailyClaimCap ? t('pool.leftToday', { left: Math.max(0, data.dailyClaimCap - data.claimedToday) }) : t('pool.claimedToday', { count: data.claimedToday })}
      {data.soonRecycled > 0 ? <>{' · '}<Link to="/customers" search={{ owner: 'me', soon: true } as never}>{t('pool.soonCount', { count: data.soonRecycled })}</Link></> : null}
    </p>
  );
};

/** 公海: customers nobody is responsible for, for whoever may claim them; how to reach them shows once they are claimed. */
export const PoolPage = () => {
  const { t } = useTranslation('customers');
  const navigate = useNavigate();
  const [state, setState] = useUrlState(poolState);
  const [text, setText] = useState(state.q ?? '');
  const settled = useDebounced(text, 250);
  useEffect(() => { if ((state.q ?? '') !== settled) setState({ q: settled || undefined }); }, [settled]); // eslint-disable-line react-hooks/exhaustive-deps -- follows typing only, not the address
  const query = useList<PoolCustomer>('pool', { q: state.q?.trim() || undefined, sort: state.sort });
  const can = useCan();
  const claims = can('customers.claim');
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [picking, setPicking] = useState(false);
  const names = useMemo(() => new Map(query.rows.map((customer) => [customer.id, customer.name])), [query.rows]);
  // What is not in the list any more, as somebody claimed it, is not picked either.
  const selection: Selection | undefined = claims ? {
    keys: new Set([...keys].filter((id) => names.has(id))), set: setKeys, setAll: () => undefined, picking, setPicking: (next) => { setKeys(new Set()); setPicking(next); },
  } : undefined;
  const claim = (customer: PoolCustomer) => <ClaimButton id={customer.id} name={customer.name} onClaimed={() => void navigate({ to: '/customers/$id', params: { id: customer.id } })} />;
  const columns: Column<PoolCustomer>[] = [
    { key: 'name', title: t('field.name'), sort: 'name', width: 260, render: (customer) => <><KindIcon value={customer.kind} />{customer.name}</> },
    { key: 'lifecycle', title: t('field.lifecycle'), width: 104, render: (customer) => <LifecycleMark value={customer.lifecycle} /> },
    { key: 'tier', title: t('field.tier'), sort: 'tier', width: 76, render: (customer) => <TierMark value={customer.tier} /> },
    { key: 'industry', title: t('field.industry'), width: 130, render: (customer) => customer.industry ?? <span className="muted">—</span> },
    { key: 'phone', title: t('field.phone'), width: 130, render: (customer) => customer.phone ?? <span className="muted">—</span> },
    { key: 'cause', title: t('pool.cause'), width: 110, render: (customer) => t(`pool.causes.${customer.poolCause}`) },
    { key: 'former', title: t('field.formerOwnerId'), width: 110, render: (customer) => customer.formerOwnerName ?? <span className="muted">—</span> },
    { key: 'pooled', title: t('field.pooledAt'), sort: 'pooledAt', width: 120, render: (customer) => <DateText value={customer.pooledAt} as="relative" /> },
    { key: 'claim', title: t('pool.claim'), width: 90, render: claim },
  ];
  return (
    <>
      <PageHeader title={t('pool.title')} extra={<><PickButton selection={selection} /><Link to="/customers">{t('title')}</Link></>}>
        <Share />
        <Input className="filter-bar__search" prefix={<SearchOutlined className="muted" />} allowClear value={text} maxLength={100} role="searchbox" placeholder={t('field.name')} aria-label={t('pool.search')} onChange={(event) => setText(event.target.value)} />
      </PageHeader>
      {selection ? <ClaimMany selection={selection} names={names} /> : null}
      <DataList<PoolCustomer>
        label={t('pool.title')} query={query} selection={selection} rowKey={(customer) => customer.id} rowName={(customer) => customer.name} columns={columns} sort={state.sort} onSort={(sort) => setState({ sort })}
        card={(customer) => (
          <div className="customer-card">
            <span className="customer-card__name"><KindIcon value={customer.kind} />{customer.name}</span>
            <span><TierMark value={customer.tier} /> <LifecycleMark value={customer.lifecycle} /></span>
            <div className="customer-card__line">{customer.industry ? <span>{customer.industry}</span> : null}<span>{t(`pool.causes.${customer.poolCause}`)}</span><DateText value={customer.pooledAt} as="relative" /></div>
            <div className="customer-card__line">{claim(customer)}</div>
          </div>
        )}
        empty={<EmptyState title={t(state.q ? 'noMatch' : 'pool.none')} description={state.q ? undefined : t('pool.noneText')} />}
      />
    </>
  );
};
