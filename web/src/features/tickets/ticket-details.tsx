import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import { CustomDetails } from '@/components/custom-details';
import { FieldEditor, FieldGroup } from '@/components/field-editor';
import { DateText } from '@/components/values';
import type { Clock, Ticket } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { formatMinutes } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useFree, useLocale, useMay } from '@/lib/session';
import { ClockMark, clockState } from './marks';
import { useTicketChoices, useTicketWords } from './words';

/** A clock with its due time and the segments it ran: why it says what it says. */
const ClockBox = ({ clock }: { clock: Clock }) => {
  const { t } = useTranslation('tickets');
  const { locale } = useLocale();
  const present = useNow();
  const { asOf } = useAsOf();
  const now = asOf ? Date.parse(asOf) : present;
  // A running clock goes on between two answers of the server.
  const running = clock.segments?.at(-1);
  const elapsed = running && !running.to ? (clock.segments ?? []).reduce((sum, segment) => sum + ((segment.to ? Date.parse(segment.to) : now) - Date.parse(segment.from)) / 60_000, 0) : (clock.elapsedMinutes ?? 0);
  const limit = clock.limitMinutes ?? (Date.parse(clock.dueAt) - Date.parse(clock.startedAt ?? clock.dueAt)) / 60_000;
  const share = Math.min(1, Math.max(0, elapsed / Math.max(1, limit)));
  return (
    <div className="clock-box" data-state={clockState(clock, now)}>
      <div className="clock-box__head"><b>{t(`clock.${clock.name}`)}</b><ClockMark clock={clock} at={asOf ? now : undefined} /></div>
      <div className="clock-box__bar" aria-hidden="true"><span style={{ width: `${share * 100}%` }} /></div>
      <dl>
        <dt>{t('clock.dueAt')}</dt><dd><DateText value={clock.dueAt} as="instant" /></dd>
        {clock.stoppedAt ? <><dt>{t('clock.stoppedAt')}</dt><dd><DateText value={clock.stoppedAt} as="instant" /></dd></> : null}
        <dt>{t('clock.elapsed')}</dt><dd>{t('clock.elapsedOf', { elapsed: formatMinutes(elapsed, locale), limit: formatMinutes(limit, locale) })}</dd>
      </dl>
      {clock.segments?.length ? (
        <ol aria-label={t('clock.segments')}>
          {clock.segments.map((segment, index) => (
            <li key={index}><DateText value={segment.from} as="instant" /> – {segment.to ? <DateText value={segment.to} as="instant" /> : t('clock.stillRunning')}{segment.state && segment.state !== 'running' ? ` · ${t(`clock.${segment.state}`, { defaultValue: segment.state })}` : ''}</li>
          ))}
        </ol>
      ) : null}
    </div>
  );
};

export const TicketDetails = ({ ticket }: { ticket: Ticket }) => {
  const { t } = useTranslation('tickets');
  const may = useMay('tickets', ticket);
  const free = useFree('tickets');
  const run = useCommand();
  const choices = useTicketChoices();
  const words = useTicketWords();
  const save = (name: string) => (may('change') && free(name)
    ? async (value: unknown) => (await run({ method: 'PATCH', path: `tickets/${ticket.id}`, body: { [name]: value }, version: ticket.version, done: t('saved'), ...words })) !== undefined
    : undefined);
  return (
    <>
      <section className="field-group"><h3>{t('clocks')}</h3>{ticket.clocks?.map((clock) => <ClockBox key={clock.name} clock={clock} />)}</section>
      <FieldGroup title={t('group.basic')}>
        <FieldEditor<string> kind="text" field="subject" label={t('field.subject')} value={ticket.subject} save={save('subject')} />
        <FieldEditor<string> kind="select" field="priority" label={t('field.priority')} value={ticket.priority} display={t(`priority.${ticket.priority}`)} options={choices.priorities} save={save('priority')} />
        <FieldEditor<string | null | undefined> kind="select" clearable field="type" label={t('field.type')} value={ticket.type} options={choices.types} save={save('type')} />
        <FieldEditor<string> kind="text" field="channel" label={t('field.channel')} value={t(`channel.${ticket.channel}`)} />
        <FieldEditor<string | null | undefined> kind="customer" field="customerId" label={t('field.customerId')} value={ticket.customerId} valueLabel={ticket.customerName} display={ticket.customerName} save={save('customerId')} />
        <FieldEditor<string | null | undefined> kind="text" field="contactId" label={t('field.contactId')} value={ticket.contactName} />
      </FieldGroup>
      <CustomDetails
        target="tickets" record={ticket}
        save={may('change') && ticket.status !== 'closed' && !ticket.erased
          ? async (body) => (await run({ method: 'PATCH', path: `tickets/${ticket.id}`, body, version: ticket.version, done: t('saved'), ...words })) !== undefined : undefined}
      />
      {ticket.requester ? (
        <FieldGroup title={t('group.requester')}>
          <FieldEditor<string> kind="text" field="requester" label={t('field.name')} value={ticket.requester.name} />
          <FieldEditor<string> kind="text" field="requester" label={t('field.phone')} value={ticket.requester.phone} />
          <FieldEditor<string | null | undefined> kind="text" field="requester" label={t('field.email')} value={ticket.requester.email} />
        </FieldGroup>
      ) : null}
      <FieldGroup title={t('group.system')}>
        <FieldEditor kind="text" field="createdAt" label={t('field.openedAt')} value={ticket.openedAt ?? ticket.createdAt} display={<DateText value={ticket.openedAt ?? ticket.createdAt} as="instant" />} />
        <FieldEditor kind="text" field="resolvedAt" label={t('field.resolvedAt')} value={ticket.resolvedAt} display={<DateText value={ticket.resolvedAt} as="instant" />} />
        {ticket.comment ? <FieldEditor kind="text" field="comment" label={t('field.comment')} value={ticket.comment} /> : null}
      </FieldGroup>
    </>
  );
};
