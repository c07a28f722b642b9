import {
  ApartmentOutlined, CarryOutOutlined, CustomerServiceOutlined, EditOutlined, FunnelPlotOutlined, ImportOutlined, MessageOutlined, PaperClipOutlined, RetweetOutlined, TagOutlined, TeamOutlined, UserSwitchOutlined,
} from '@ant-design/icons';
import { Button, Skeleton } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { ActorText, SourceText } from '@/components/source-text';
import { DateText } from '@/components/values';
import type { Customer, TimelineItem, TimelineKind } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { formatDate } from '@/lib/format';
import { useList } from '@/lib/lists';
import { useLocale, useMay, useSession } from '@/lib/session';
import { LogFollowUp } from './log-follow-up';
import { FollowUpCommands } from './follow-up-commands';
import { TimelineBody } from './timeline-body';
import { useCustomerWords } from './words';

const icons: Record<TimelineKind, ReactNode> = {
  followUp: <MessageOutlined />, task: <CarryOutOutlined />, opportunity: <FunnelPlotOutlined />, ticket: <CustomerServiceOutlined />, contact: <TeamOutlined />, change: <EditOutlined />,
  lifecycle: <RetweetOutlined />, owner: <UserSwitchOutlined />, tag: <TagOutlined />, import: <ImportOutlined />, attachment: <PaperClipOutlined />, relation: <ApartmentOutlined />,
};
const kinds = Object.keys(icons) as TimelineKind[];

/** Everything that happened with the customer, newest first, with "log a follow-up" on top. */
export const Timeline = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const may = useMay('customers', customer);
  const { user } = useSession();
  const { asOf } = useAsOf();
  const { locale, timeZone } = useLocale();
  const { eventLabel } = useCustomerWords();
  const [kind, setKind] = useState<TimelineKind>();
  const query = useList<TimelineItem>(`customers/${customer.id}/timeline`, { kind });
  const removed = new Set(query.rows.filter((item) => item.type === 'follow_up_removed').map((item) => item.data.followUpId));
  const day = (item: TimelineItem) => formatDate(item.at, locale, timeZone);

  return (
    <>
      {may('change') && !asOf && !customer.archived && !customer.erased ? <LogFollowUp customer={customer} /> : null}
      <div className="timeline__tools" role="group" aria-label={t('timeline.filter')}>
        {[undefined, ...kinds].map((each) => (
          <button key={each ?? 'all'} type="button" className="chip" aria-pressed={kind === each} onClick={() => setKind(each)}>{t(each ? `timeline.kind.${each}` : 'timeline.all')}</button>
        ))}
      </div>
      {query.error ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending && !query.error ? <Skeleton active paragraph={{ rows: 5 }} /> : null}
      {!query.isPending && query.rows.length === 0 && !query.error ? <EmptyState title={t('timeline.none')} description={asOf ? undefined : t('timeline.noneText')} /> : null}
      <ol className="timeline" aria-label={t('timeline.title')} data-updating={query.isPlaceholderData}>
        {query.rows.map((item, index) => {
          const previous = query.rows[index - 1];
          return (
            <li key={item.id}>
              {!previous || day(previous) !== day(item) ? <div className="timeline__day"><DateText value={item.at} /></div> : null}
              <div className="timeline__item">
                <span className="timeline__icon" data-kind={item.kind} aria-hidden="true">{icons[item.kind]}</span>
                <div>
                  <div className="timeline__head">
                    <b>{eventLabel(item.type)}</b>
                    <span className="timeline__meta"><ActorText id={item.actorId} name={item.actorName} />{item.source ? ' · ' : ''}<SourceText value={item.source} /> · <DateText value={item.at} as="instant" /></span>
                  </div>
                  <TimelineBody customer={customer} item={item} />
                  {item.type === 'follow_up_logged' && !asOf && !removed.has(item.data.followUpId) && (item.actorId === user.id || may('delete')) && may('change') ? <FollowUpCommands customerId={customer.id} id={item.data.followUpId as string} /> : null}
                </div>
              </div>
            </li>
          );
        })}
      </ol>
      {query.hasNextPage ? <Button block loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('common:list.more')}</Button> : null}
    </>
  );
};
