import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketChannel, TicketPriority, TicketStatus } from '@/lib/api-types';
import { useOwnWords } from '@/lib/fields';
import { formatDate, formatInstant } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';

/** `solutionProposed` is reached by other clients only; the queue shows it, the page does not set it. */
export const statuses: TicketStatus[] = ['open', 'assigned', 'answered', 'solutionProposed', 'resolved', 'closed'];
export const unfinished: TicketStatus[] = ['open', 'assigned', 'answered', 'solutionProposed'];
export const priorities: TicketPriority[] = ['urgent', 'high', 'normal', 'low'];
export const channels: TicketChannel[] = ['phone', 'form', 'email', 'portal', 'api'];
const types = ['consultation', 'fault', 'complaint', 'afterSales', 'suggestion'] as const;

export const useTicketChoices = () => {
  const { t } = useTranslation('tickets');
  return useMemo(() => {
    const of = (group: string, codes: readonly string[]) => codes.map((code) => ({ value: code, label: t(`${group}.${code}`) }));
    return { statuses: of('status', statuses), priorities: of('priority', priorities), channels: of('channel', channels), types: types.map((type) => ({ value: t(`type.${type}`), label: t(`type.${type}`) })) };
  }, [t]);
};

/** How events, fields and their values of a ticket read in the history and in conflicts. */
export const useTicketWords = () => {
  const { t, i18n } = useTranslation('tickets');
  const { locale, timeZone } = useLocale();
  const users = useUsers();
  const own = useOwnWords('tickets');
  return useMemo(() => {
    const nameOf = new Map((users.data ?? []).map((user) => [user.id, user.displayName]));
    return {
      eventLabel: (type: string) => (i18n.exists(`tickets:event.${type}`) ? t(`event.${type}`) : type.replace(/_/g, ' ')),
      fieldLabel: (field: string) => own.label(field) ?? field.split('.').filter((part) => part !== 'custom' && !/^[0-9a-f]{8}-/.test(part)).map((part) => (i18n.exists(`tickets:field.${part}`) ? t(`field.${part}`) : part)).join(' · '),
      fieldValue: (path: string, value: unknown): ReactNode => {
        const defined = own.text(path, value);
        if (defined !== undefined) return defined;
        const field = path.split('.').pop()!;
        if (typeof value === 'boolean') return t(value ? 'common:yes' : 'common:no');
        if (typeof value !== 'string') return undefined;
        if (['status', 'priority', 'channel'].includes(field) && i18n.exists(`tickets:${field}.${value}`)) return t(`${field}.${value}`);
        if (/(owner|assignee|author)Id$/i.test(field)) return nameOf.get(value) ?? value;
        if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value, locale, timeZone);
        if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return formatInstant(value, locale, timeZone);
        return value;
      },
    };
  }, [i18n, locale, own, t, timeZone, users.data]);
};
