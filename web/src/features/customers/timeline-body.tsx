import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { FollowUp, Money, TimelineItem } from '@/lib/api-types';
import { formatMoney } from '@/lib/format';
import { usePipelines } from '@/lib/pipelines';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';
import { useCustomerWords } from './words';

const Facts = ({ rows }: { rows: [string, ReactNode][] }) =>
  rows.length === 0 ? null : <dl className="timeline__facts">{rows.map(([label, value]) => <div key={label} style={{ display: 'contents' }}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>;

const FollowUpBody = ({ data }: { data: Partial<FollowUp> }) => {
  const { t } = useTranslation('customers');
  const users = useUsers();
  const rows: [string, ReactNode][] = [];
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
      <p className="timeline__text">{data.method ? <span className="tag">{t(`method.${data.method}`)}</span> : null} {data.summary}</p>
      <Facts rows={rows} />
    </>
  );
};

const isMoney = (value: unknown): value is Money => typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;

/** What an entry of the timeline says, from the data of its event. */
export const TimelineBody = ({ item }: { item: TimelineItem }) => {
  const { t, i18n } = useTranslation('customers');
  const { locale } = useLocale();
  const { fieldLabel, fieldValue } = useCustomerWords();
  const pipelines = usePipelines();
  if (item.kind === 'followUp') return <FollowUpBody data={item.data as Partial<FollowUp>} />;
  const worded = (field: string, value: unknown): ReactNode => {
    if (isMoney(value)) return formatMoney(value, locale);
    if (item.kind === 'lifecycle' && (field === 'from' || field === 'to')) return t(`lifecycle.${String(value)}`);
    if (item.kind === 'owner' && (field === 'from' || field === 'to')) return fieldValue('ownerId', value);
    if (item.kind === 'opportunity' && (field === 'from' || field === 'to' || field === 'stage')) {
      const stage = pipelines.data?.find((pipeline) => pipeline.id === item.data.pipelineId)?.stages.find((each) => each.code === value);
      if (stage) return i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name;
    }
    const shown = fieldValue(field, value);
    if (shown !== undefined) return shown;
    if (Array.isArray(value)) return value.every((each) => typeof each !== 'object') ? value.join('、') : undefined;
    return typeof value === 'object' ? undefined : String(value);
  };
  const rows = Object.entries(item.data ?? {}).flatMap<[string, ReactNode]>(([field, value]) => {
    if (value === null || value === undefined || value === '' || value === false || /^id$|Id$|^at$/.test(field) || !i18n.exists(`customers:field.${field}`)) return [];
    const shown = worded(field, value);
    return shown === undefined || shown === '' ? [] : [[fieldLabel(field), shown]];
  });
  const changes = Array.isArray(item.data?.changes) ? (item.data.changes as { field: string; before: unknown; after: unknown }[]) : [];
  for (const change of changes) rows.push([fieldLabel(change.field), <>{worded(change.field, change.before) ?? '—'} → {worded(change.field, change.after) ?? '—'}</>]);
  return rows.length > 0 ? <Facts rows={rows} /> : item.title && item.title !== item.type ? <p className="timeline__text">{item.title}</p> : null;
};
