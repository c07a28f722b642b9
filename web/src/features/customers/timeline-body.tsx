import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { FollowUp, Money, TimelineItem } from '@/lib/api-types';
import { formatMoney } from '@/lib/format';
import { usePipelines } from '@/lib/pipelines';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';
import { useCustomerWords } from './words';

type Row = [label: string, value: ReactNode];

const Facts = ({ rows }: { rows: Row[] }) =>
  rows.length === 0 ? null : <dl className="timeline__facts">{rows.map(([label, value]) => <div key={label} style={{ display: 'contents' }}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>;

const FollowUpBody = ({ data }: { data: Partial<FollowUp> }) => {
  const { t } = useTranslation('customers');
  const users = useUsers();
  const rows: Row[] = [];
  if (data.objections) rows.push([t('followUp.objections'), data.objections]);
  if (data.changedNeeds) rows.push([t('followUp.changedNeeds'), data.changedNeeds]);
  if (data.promises) rows.push([t('followUp.promises'), data.promises]);
  if (data.participants?.length) rows.push([t('followUp.participants'), data.participants.join('、')]);
  if (data.next?.at) {
    const owner = users.data?.find((user) => user.id === data.next?.ownerId)?.displayName;
    rows.push([t('followUp.next'), <><DateText value={data.next.at} as="instant" />{data.next.goal ? ` · ${data.next.goal}` : ''}{owner ? ` · ${owner}` : ''}</>]);
  }
  return (
    <>
      <p className="timeline__text">{data.method ? <><span className="tag">{t(`method.${data.method}`)}</span> </> : null}{data.summary}</p>
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
export const TimelineBody = ({ item }: { item: TimelineItem }) => {
  const { t, i18n } = useTranslation('customers');
  const { locale } = useLocale();
  const { fieldLabel, fieldValue } = useCustomerWords();
  const stageName = useStageName();
  if (item.kind === 'followUp') return <FollowUpBody data={item.data as Partial<FollowUp>} />;

  const data = item.data ?? {};
  const foreign = Boolean(item.opportunityId ?? item.ticketId);
  const worded = (field: string, value: unknown): ReactNode => {
    if (isMoney(value)) return formatMoney(value, locale);
    if (field === 'stage') return stageName(data.pipelineId, String(value));
    const shown = fieldValue(field, value);
    if (shown !== undefined) return shown;
    if (Array.isArray(value)) return value.every((each) => typeof each !== 'object') ? value.join('、') : undefined;
    return typeof value === 'object' ? undefined : String(value);
  };
  const end = (value: unknown): ReactNode => {
    if (value === null || value === undefined) return '—';
    return item.kind === 'lifecycle' ? t(`lifecycle.${String(value)}`) : item.kind === 'owner' ? fieldValue('ownerId', value) : stageName(data.pipelineId, String(value));
  };
  const rows: Row[] = [];
  const arrow = (from: unknown, to: unknown) => <>{end(from)} → <b>{end(to)}</b></>;
  if ('to' in data || 'from' in data) rows.push([t(item.kind === 'opportunity' ? 'field.stage' : `field.${item.kind === 'owner' ? 'ownerId' : 'lifecycle'}`), arrow(data.from, data.to ?? data.stage)]);
  for (const [field, value] of Object.entries(data)) {
    if (value === null || value === undefined || value === '' || value === false || /^id$|Id$/.test(field)) continue;
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
