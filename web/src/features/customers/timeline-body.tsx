import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { Contact, Customer, FollowUp, Money, RelationKind, TimelineItem } from '@/lib/api-types';
import { formatMoney } from '@/lib/format';
import { useList } from '@/lib/lists';
import { usePipelines } from '@/lib/pipelines';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';
import { AttachmentLinks } from './attachment-links';
import { RelatedName, seenFromOther } from './related-name';
import { RestoreAttachment } from './restore-attachment';
import { useCustomerWords } from './words';

type Row = [label: string, value: ReactNode];

const Facts = ({ rows }: { rows: Row[] }) =>
  rows.length === 0 ? null : <dl className="timeline__facts">{rows.map(([label, value]) => <div key={label} style={{ display: 'contents' }}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>;

const FollowUpBody = ({ customerId, data }: { customerId: string; data: Partial<FollowUp> }) => {
  const { t } = useTranslation('customers');
  const users = useUsers();
  const byId = Boolean(data.participantContactIds?.length);
  const contacts = useList<Contact>(`customers/${customerId}/contacts`, {}, byId);
  const rows: Row[] = [];
  if (data.objections) rows.push([t('followUp.objections'), data.objections]);
  if (data.changedNeeds) rows.push([t('followUp.changedNeeds'), data.changedNeeds]);
  if (data.promises) rows.push([t('followUp.promises'), data.promises]);
  // By the names they have now; who was erased since is not among them.
  const people = [
    ...(byId ? contacts.rows.filter((contact) => !contact.erased && data.participantContactIds?.includes(contact.id)).map((contact) => contact.name) : []),
    ...(users.data ?? []).filter((user) => data.participantUserIds?.includes(user.id)).map((user) => user.displayName), ...(data.participants ?? []),
  ];
  if (people.length > 0) rows.push([t('followUp.participants'), people.join(t('common:comma'))]);
  if (data.next?.at) {
    const owner = users.data?.find((user) => user.id === data.next?.ownerId)?.displayName;
    rows.push([t('followUp.next'), <><DateText value={data.next.at} as="instant" />{data.next.goal ? ` · ${data.next.goal}` : ''}{owner ? ` · ${owner}` : ''}</>]);
  }
  if (data.attachmentIds?.length) rows.push([t('attachment.title'), <AttachmentLinks customerId={customerId} ids={data.attachmentIds} />]);
  return (
    <>
      <p className="timeline__text">{data.method ? <><span className="tag">{t(`method.${data.method}`)}</span> </> : null}{data.summary}</p>
      <Facts rows={rows} />
    </>
  );
};

/** A relation from the side of the customer whose timeline it is on. */
const RelationBody = ({ customerId, data }: { customerId: string; data: TimelineItem['data'] }) => {
  const { t } = useTranslation('customers');
  const kind = data.kind as RelationKind | undefined;
  // What was erased leaves that something happened.
  if (!kind) return null;
  const told = data.otherId === customerId ? seenFromOther[kind] ?? kind : kind;
  const rows: Row[] = [];
  if (data.from) rows.push([t('relation.from'), <DateText value={String(data.from)} />]);
  if (data.to) rows.push([t('relation.to'), <DateText value={String(data.to)} />]);
  return (
    <>
      <p className="timeline__text"><span className="tag">{t(`relation.kind.${told}`)}</span> {data.label ? `${String(data.label)} ` : null}<RelatedName customerId={customerId} relationId={String(data.relationId)} /></p>
      {data.note ? <p className="timeline__text">{String(data.note)}</p> : null}
      <Facts rows={rows} />
    </>
  );
};

const isMoney = (value: unknown): value is Money => typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;

/** Stages of all pipelines by code, in the user's language. */
const useStageName = () => {
  const { i18n } = useTranslation();
  const pipelines = usePipelines();
  return (pipelineId: unknown, code: string) => {
    const known = pipelines.data ?? [];
    const stage = [...known.filter((pipeline) => pipeline.id === pipelineId), ...known].flatMap((pipeline) => pipeline.stages).find((each) => each.code === code);
    return stage ? (i18n.language === 'en' ? stage.nameEn || stage.name : stage.name) : code;
  };
};

/** The record an entry is about, when it is another one than the customer. */
const Subject = ({ item }: { item: TimelineItem }) => {
  const { name, subject, number } = item.data as { name?: string; subject?: string; number?: string };
  if (item.opportunityId) return <Link to="/opportunities/$id" params={{ id: item.opportunityId }}>{name ?? item.title}</Link>;
  if (item.ticketId) return <Link to="/tickets/$id" params={{ id: item.ticketId }}>{[number, subject].filter(Boolean).join(' ')}</Link>;
  return null;
};

/** Members that say nothing beside the others: shown elsewhere, or of no interest to people. */
const silent = new Set(['name', 'subject', 'number', 'from', 'to', 'at', 'text', 'byCustomer', 'internal', 'stageKind', 'probability', 'probabilitySet', 'amountFromLines']);

/** What an entry of the timeline says, from the data of its event. */
export const TimelineBody = ({ customer, item }: { customer: Customer; item: TimelineItem }) => {
  const { t, i18n } = useTranslation(['customers', 'tickets']);
  const customerId = customer.id;
  const { locale } = useLocale();
  const { fieldLabel, fieldValue } = useCustomerWords();
  const stageName = useStageName();
  if (item.kind === 'followUp') return <FollowUpBody customerId={customerId} data={item.type === 'follow_up_planned' ? { next: item.data as FollowUp['next'] } : (item.data as Partial<FollowUp>)} />;
  if (item.kind === 'task') return <p className="timeline__text">{item.taskId ? <Link to="/my-day" search={{ tab: 'tasks', task: item.taskId } as never}>{item.title}</Link> : item.title}</p>;
  if (item.kind === 'relation') return <RelationBody customerId={customerId} data={item.data} />;
  if (item.kind === 'attachment') {
    const id = String(item.data.attachmentId);
    return <p><AttachmentLinks customerId={customerId} ids={[id]} otherwise={item.title} />{item.type === 'attachment_removed' ? <RestoreAttachment customer={customer} id={id} /> : null}</p>;
  }

  const data = item.data ?? {};
  const foreign = Boolean(item.opportunityId ?? item.ticketId);
  const worded = (field: string, value: unknown): ReactNode => {
    if (isMoney(value)) return formatMoney(value, locale);
    if (field === 'stage') return stageName(data.pipelineId, String(value));
    if (field === 'channel') return item.ticketId ? t(`tickets:channel.${String(value)}`) : t(`consent.by.${String(value)}`);
    const shown = fieldValue(field, value);
    if (shown !== undefined) return shown;
    if (Array.isArray(value)) return value.every((each) => typeof each !== 'object') ? value.join(t('common:comma')) : undefined;
    return typeof value === 'object' ? undefined : String(value);
  };
  const end = (value: unknown): ReactNode => {
    if (value === null || value === undefined) return '—';
    return item.kind === 'lifecycle' ? t(`lifecycle.${String(value)}`) : item.kind === 'owner' ? fieldValue('ownerId', value) : stageName(data.pipelineId, String(value));
  };
  const rows: Row[] = [];
  const arrow = (from: unknown, to: unknown) => <>{end(from)} → <b>{end(to)}</b></>;
  if ('to' in data || 'from' in data) rows.push([t(item.kind === 'opportunity' ? 'field.stage' : `field.${item.kind === 'owner' ? 'ownerId' : 'lifecycle'}`), arrow(data.from, data.to ?? data.stage)]);
  const merge = item.type === 'customer_merged' ? customer.merges?.find((each) => each.id === data.mergeId) : undefined;
  if (merge) rows.push([t('merge.goes'), merge.sourceName]);
  for (const [field, value] of Object.entries(data)) {
    if (value === null && item.type === 'customer_details_changed' && i18n.exists(`customers:field.${field}`)) rows.push([fieldLabel(field), '—']);
    if (value === null || value === undefined || value === '' || value === false || (/^id$|Id$/.test(field) && field !== 'parentId')) continue;
    if ((silent.has(field) && (foreign || field !== 'name')) || (field === 'stage' && 'from' in data) || !i18n.exists(`customers:field.${field}`)) continue;
    const shown = worded(field, value);
    if (shown !== undefined && shown !== '') rows.push([fieldLabel(field), shown]);
  }
  return (
    <>
      {foreign ? <p><Subject item={item} /></p> : null}
      {typeof data.text === 'string' ? <p className="timeline__text">{data.internal ? <><span className="tag">{t('timeline.internal')}</span> </> : null}{data.text}</p> : null}
      <Facts rows={rows} />
      {rows.length === 0 && !foreign && item.title && item.title !== item.type ? <p className="timeline__text">{item.title}</p> : null}
    </>
  );
};
