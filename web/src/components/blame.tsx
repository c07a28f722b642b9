import { InfoCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Popover, Skeleton } from 'antd';
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { ActorText, SourceText } from '@/components/source-text';
import { DateText } from '@/components/values';
import type { Blame } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { get } from '@/lib/http';
import './blame.css';

interface Subject { resource: string; id: string; eventLabel: (type: string) => string }
const BlameContext = createContext<Subject | undefined>(undefined);

/** The record whose fields below can say who gave them their value. */
export const BlameProvider = ({ resource, id, eventLabel, children }: Subject & { children: ReactNode }) =>
  <BlameContext.Provider value={useMemo(() => ({ resource, id, eventLabel }), [resource, id, eventLabel])}>{children}</BlameContext.Provider>;

const Origin = ({ subject, field }: { subject: Subject; field: string }) => {
  const { t } = useTranslation();
  const { query: past } = useAsOf();
  // All fields in one answer: the second mark that is opened has it already.
  const { data, error, refetch } = useQuery({ queryKey: [subject.resource, subject.id, 'blame', past], queryFn: ({ signal }) => get<Blame>(`${subject.resource}/${subject.id}/blame`, past, signal) });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 2, width: 200 }} />;
  const event = data.events.find((each) => each.eventId === data.fields[field]);
  if (!event) return <p className="muted">{t('blame.never')}</p>;
  return (
    <div className="blame">
      <p><b><ActorText id={event.actorId} name={event.actorName} /></b>{event.onBehalfOf ? ` ${t('history.onBehalfOf', { name: event.onBehalfOfName ?? event.onBehalfOf })}` : ''}</p>
      <p>{subject.eventLabel(event.type)} · <DateText value={event.at} as="instant" /> · <SourceText value={event.source} /></p>
      {event.reason ? <p>{t('history.reason', { reason: event.reason })}</p> : null}
      {event.causes.map((cause) => (
        <p key={cause.eventId} className="muted">← <ActorText id={cause.actorId} name={cause.actorName} /> · {t(`blame.cause.${cause.type}`, { defaultValue: cause.type.replace(/_/g, ' ') })} · <DateText value={cause.at} as="instant" /></p>
      ))}
      <a href={`#history-${event.sequence}`}>{t('blame.show')}</a>
    </div>
  );
};

/** Beside a field: who gave it its value, when, through what and why; by mouse, key and finger. Nothing outside a record. */
export const BlameMark = ({ field, label }: { field: string; label: string }) => {
  const { t } = useTranslation();
  const subject = useContext(BlameContext);
  const [open, setOpen] = useState(false);
  if (!subject) return null;
  return (
    <Popover trigger={['hover', 'click']} mouseEnterDelay={0.4} placement="right" open={open} onOpenChange={setOpen} destroyOnHidden content={<Origin subject={subject} field={field} />}>
      <Button className="blame-mark" type="text" size="small" icon={<InfoCircleOutlined />} aria-label={t('blame.label')} aria-description={label} onKeyDown={(event) => { if (event.key === 'Escape' && open) { event.stopPropagation(); setOpen(false); } }} />
    </Popover>
  );
};
