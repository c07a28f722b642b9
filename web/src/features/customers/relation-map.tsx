import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Modal, Segmented, Skeleton, Tabs, Tree, type TreeDataNode } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { MoneyText } from '@/components/values';
import type { Customer, CustomerGraph, CustomerHierarchy, GroupAmounts, GroupMember } from '@/lib/api-types';
import { get } from '@/lib/http';
import { usePhone } from '@/lib/preferences';
import { arrange } from './relation-layout';

/** What fits into so many Chinese characters; a Latin letter takes little more than half of one. */
const short = (text: string, most: number) => {
  const all = [...text];
  let width = 0;
  const end = all.findIndex((letter) => (width += letter < '\u2e80' ? 0.58 : 1) > most);
  return end < 0 ? text : `${all.slice(0, Math.max(1, end - 1)).join('')}…`;
};

/** The graph around a customer: itself in the middle, its group above and below, the others at its sides. Each is a link; the list of the card tells the same in words. */
const Graph = ({ customer, onFollow }: { customer: Customer; onFollow: () => void }) => {
  const { t } = useTranslation('customers');
  const phone = usePhone();
  const [depth, setDepth] = useState<1 | 2>(1);
  const { data, error, refetch } = useQuery({ queryKey: ['customers', customer.id, 'graph', depth], queryFn: ({ signal }) => get<CustomerGraph>(`customers/${customer.id}/graph`, { depth: String(depth) }, signal) });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const { boxes, lines, width, height, boxWidth } = arrange(data, phone);
  const letters = Math.floor((boxWidth - 16) / 13);
  const words = (id: string) => data.edges.filter((edge) => edge.to === id || (edge.type !== 'contact' && edge.type !== 'decider' && edge.from === id)).map((edge) => (
    edge.type === 'parent' ? t(edge.to === id ? 'relation.subsidiary' : 'relation.parentCompany') : edge.kind && edge.to === id ? t(`relation.kind.${edge.kind}`) : undefined
  )).filter((word, index, all) => word && all.indexOf(word) === index).join(t('common:comma'));
  return (
    <>
      {phone ? null : <Segmented<1 | 2> size="small" value={depth} onChange={setDepth} options={[{ value: 1, label: t('relation.near') }, { value: 2, label: t('relation.far') }]} style={{ marginBottom: 12 }} />}
      <div className="graph">
        <svg viewBox={`-2 -2 ${width + 4} ${height + 4}`} role="group" aria-label={t('relation.graph')} style={{ maxWidth: width }}>
          {lines.map((line) => <path key={line.key} className="graph__line" data-over={line.over || undefined} d={line.path} />)}
          {boxes.map(({ node, x, y }) => {
            const name = node.name ?? (node.isHidden ? t('relation.hidden') : '—');
            const beneath = node.decides ? t('relation.decider', { opportunity: node.decides.map((each) => each.name ?? '—').join('、') }) : node.type === 'contact' ? (node.decisionRole ?? node.position ?? t('contact.title')) : node.depth === 0 ? '' : words(node.id);
            const box = (
              <g transform={`translate(${x} ${y})`}>
                <title>{[name, beneath].filter(Boolean).join(' · ')}</title>
                <rect width={boxWidth} height={44} rx={node.type !== 'customer' || node.kind === 'person' ? 22 : 6} />
                <text x={boxWidth / 2} y={beneath ? 19 : 27}>{short(name, letters)}</text>
                {beneath ? <text className="graph__kind" x={boxWidth / 2} y={35}>{short(beneath, letters + 1)}</text> : null}
              </g>
            );
            return node.type === 'customer' && !node.isHidden
              ? <Link key={node.id} className="graph__node" data-center={node.depth === 0 || undefined} to="/customers/$id" params={{ id: node.id }} onClick={onFollow}>{box}</Link>
              : <g key={node.id} className="graph__node" data-plain="true">{box}</g>;
          })}
        </svg>
      </div>
      {data.isCut ? <p className="muted">{t('relation.cut')}</p> : null}
    </>
  );
};

const Amounts = ({ label, values }: { label: string; values?: GroupAmounts[] | null }) => {
  const rows: ReactNode[] = (values ?? []).map((each) => <span key={each.currency}>{label} <MoneyText value={{ amount: each.open, currency: each.currency }} compact /> / <MoneyText value={{ amount: each.won, currency: each.currency }} compact /></span>);
  return rows.length > 0 ? <>{rows}</> : null;
};

/** The group of companies with what each is worth, and what all below it are together. */
const Hierarchy = ({ customer, onFollow }: { customer: Customer; onFollow: () => void }) => {
  const { t } = useTranslation('customers');
  const { data, error, refetch } = useQuery({ queryKey: ['customers', customer.id, 'hierarchy'], queryFn: ({ signal }) => get<CustomerHierarchy>(`customers/${customer.id}/hierarchy`, undefined, signal) });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const named = (member: GroupMember) => (member.isHidden ? <span className="muted">{t('relation.hidden')}</span> : <Link to="/customers/$id" params={{ id: member.id }} onClick={onFollow}>{member.name ?? '—'}</Link>);
  const title = (member: GroupMember) => (
    <span className="group">
      <span>{member.id === customer.id ? <b>{named(member)}</b> : named(member)} {member.lifecycle ? <span className="tag">{t(`lifecycle.${member.lifecycle}`)}</span> : null}</span>
      <span className="group__figures">
        {member.ownerName ? <span>{member.ownerName}</span> : null}
        <Amounts label={t('relation.own')} values={member.own} />
        {member.descendants > 0 ? <Amounts label={t('relation.total', { count: member.descendants })} values={member.total} /> : null}
      </span>
    </span>
  );
  const below = (id: string): TreeDataNode[] => data.members.filter((member) => member.parentId === id).map((member) => ({ key: member.id, title: title(member), children: below(member.id) }));
  const [root] = data.members;
  if (!root) return null;
  // Those above have no figures of their own: whoever wants them goes there.
  const tree = data.ancestors.reduceRight<TreeDataNode>((inner, member) => ({ key: member.id, title: title(member), children: [inner] }), { key: root.id, title: title(root), children: below(root.id) });
  return (
    <>
      <p className="muted">{t('relation.figures')}</p>
      <Tree treeData={[tree]} defaultExpandAll selectable={false} showLine aria-label={t('relation.hierarchy')} />
      {data.isCut ? <p className="muted">{t('relation.cutAt', { count: data.limit })}</p> : null}
    </>
  );
};

/** Both pictures of those around a customer. */
const RelationMap = ({ customer, onClose }: { customer: Customer; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  return (
    <Modal open title={t('relation.mapOf', { name: customer.name })} footer={null} onCancel={onClose} width={920}>
      <Tabs size="small" items={[
        { key: 'graph', label: t('relation.graph'), children: <Graph customer={customer} onFollow={onClose} /> },
        { key: 'hierarchy', label: t('relation.hierarchy'), children: <Hierarchy customer={customer} onFollow={onClose} /> },
      ]} />
    </Modal>
  );
};
export default RelationMap;
