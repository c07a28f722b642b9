import { Link } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { DateField } from '@/components/date-field';
import { EmptyState } from '@/components/empty-state';
import { DateText } from '@/components/values';
import type { CustomerFollowUp } from '@/lib/api-types';
import { and, equals } from '@/lib/filter';
import { useList } from '@/lib/lists';
import { useSession } from '@/lib/session';

const methods = ['phone', 'visit', 'email', 'message', 'other'] as const;

export interface FollowUpChoice { method?: string; from?: string; to?: string }

/** What somebody wrote down about customers, the newest first. */
export const FollowUps = ({ ownerId, choice, onChoose }: { ownerId?: string; choice: FollowUpChoice; onChoose: (choice: FollowUpChoice) => void }) => {
  const { t } = useTranslation('my-day');
  const { user } = useSession();
  const query = useList<CustomerFollowUp>('follow-ups', {
    filter: and(ownerId === 'all' ? undefined : equals('authorId', ownerId ?? user.id), equals('method', choice.method), choice.from ? `at >= ${choice.from}` : undefined, choice.to ? `at <= ${choice.to}` : undefined),
  });
  const customer = (item: CustomerFollowUp) => <Link to="/customers/$id" params={{ id: item.customerId }}>{item.customerName ?? t('customer')}</Link>;
  const next = (item: CustomerFollowUp) => (item.next ? <><DateText value={item.next.at} as="instant" />{item.next.goal ? ` · ${item.next.goal}` : ''}</> : <span className="muted">—</span>);
  const columns: Column<CustomerFollowUp>[] = [
    { key: 'customer', title: t('followUps.column.customer'), width: 200, render: customer },
    { key: 'at', title: t('followUps.column.at'), width: 150, render: (item) => <DateText value={item.at} as="instant" /> },
    { key: 'method', title: t('followUps.column.method'), width: 90, render: (item) => t(`followUps.method.${item.method}`) },
    { key: 'summary', title: t('followUps.column.summary'), width: 320, render: (item) => <span title={item.summary}>{item.summary}</span> },
    { key: 'next', title: t('followUps.column.next'), width: 220, render: next },
    { key: 'author', title: t('followUps.column.author'), width: 110, render: (item) => item.authorName ?? '—' },
  ];
  return (
    <>
      <div className="my-day__tools">
        <Select
          allowClear popupMatchSelectWidth={false} className="my-day__owner" placeholder={t('followUps.anyMethod')} aria-label={t('followUps.methodOf')} value={choice.method}
          onChange={(method?: string) => onChoose({ ...choice, method })} options={methods.map((value) => ({ value, label: t(`followUps.method.${value}`) }))}
        />
        <DateField aria-label={t('followUps.from')} placeholder={t('followUps.from')} value={choice.from} onChange={(from) => onChoose({ ...choice, from: from ?? undefined })} />
        <DateField aria-label={t('followUps.to')} placeholder={t('followUps.to')} value={choice.to} onChange={(to) => onChoose({ ...choice, to: to ?? undefined })} />
      </div>
      <DataList<CustomerFollowUp>
        label={t('followUps.title')} query={query} rowKey={(item) => item.id} columns={columns} empty={<EmptyState title={t('followUps.none')} />}
        card={(item) => (
          <div className="task-card">
            <b>{customer(item)}</b><span>{item.summary}</span>
            <span className="muted">{t(`followUps.method.${item.method}`)} · <DateText value={item.at} as="instant" /> · {item.authorName ?? '—'}</span>
            {item.next ? <span className="muted">{t('followUps.column.next')}: {next(item)}</span> : null}
          </div>
        )}
      />
    </>
  );
};
