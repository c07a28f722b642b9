import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatInstant } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';

/** Where the fields of a kind of record have their words. */
const fieldTexts: Record<string, string> = {
  customer: 'customers:field', opportunity: 'opportunities:field', ticket: 'tickets:field', import: 'imports:field', user: 'settings:users', product: 'settings:products',
};

/** How kinds of event and of record read. What is not known yet is shown by its name. */
export const useAuditWords = () => {
  const { t, i18n } = useTranslation('audit');
  return useMemo(() => {
    const worded = (group: string, code: string) => (i18n.exists(`audit:${group}.${code}`) ? t(`${group}.${code}`) : code.replace(/_/g, ' '));
    const options = (group: string) => Object.entries(t(group, { returnObjects: true }) as unknown as Record<string, string>).map(([value, label]) => ({ value, label }));
    return {
      event: (type: string) => worded('event', type), resource: (kind: string) => worded('resource', kind), channel: (channel: string) => worded('channel', channel),
      events: options('event'), resources: options('resource'), channels: options('channel'),
    };
  }, [i18n, t]);
};

/** How fields and values of a kind of record read; the words of its own page are used where there is one. */
export const useFieldWords = (resource: string) => {
  const { t, i18n } = useTranslation(['audit', 'customers', 'opportunities', 'tickets', 'imports', 'settings']);
  const { locale, timeZone } = useLocale();
  const users = useUsers();
  return useMemo(() => {
    const nameOf = new Map((users.data ?? []).map((user) => [user.id, user.displayName]));
    const label = (part: string) => [fieldTexts[resource], 'audit:field'].map((group) => `${group}.${part}`).find((key) => i18n.exists(key));
    return {
      fieldLabel: (field: string) => field.split('.').filter((part) => part !== 'custom' && !/^[0-9a-f]{8}-/.test(part)).map((part) => { const key = label(part); return key ? i18n.t(key) : part; }).join(' · '),
      fieldValue: (path: string, value: unknown): ReactNode => {
        const field = path.split('.').pop()!;
        if (typeof value !== 'string') return typeof value === 'boolean' ? t(value ? 'common:yes' : 'common:no') : undefined;
        if (/(owner|assignee|author|manager)Id$/i.test(field)) return nameOf.get(value) ?? value;
        if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value, locale, timeZone);
        if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return formatInstant(value, locale, timeZone);
        return value;
      },
    };
  }, [i18n, locale, resource, t, timeZone, users.data]);
};
