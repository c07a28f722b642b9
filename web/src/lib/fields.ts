import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { CustomField, CustomValue, Money, Page } from '@/lib/api-types';
import { formatDate, formatMoney, formatNumber } from '@/lib/format';
import { get } from '@/lib/http';
import { useLocale, useMaybeSession } from '@/lib/session';
import { useUsers } from '@/lib/users';

/** Every custom field there is, retired ones too; none for who may not see them. */
export const useAllFields = () => {
  const enabled = useMaybeSession()?.rights.includes('custom-fields.view') ?? false;
  return useQuery({
    queryKey: ['custom-fields', 'all'],
    enabled,
    queryFn: async ({ signal }) => {
      const all: CustomField[] = [];
      let cursor: string | null | undefined;
      do {
        const page: Page<CustomField> = await get<Page<CustomField>>('custom-fields', { limit: 500, cursor }, signal);
        all.push(...page.data);
        cursor = page.page.hasMore ? page.page.next : null;
      } while (cursor);
      return all;
    },
    staleTime: 60_000,
  });
};

const none: CustomField[] = [];
/** The custom fields of a target in their order. */
export type CustomTarget = 'customers' | 'contacts' | 'opportunities' | 'tickets';
export const useCustomFields = (target: CustomTarget): CustomField[] => {
  const { data } = useAllFields();
  return useMemo(() => (data ? data.filter((field) => field.target === target).sort((a, b) => a.order - b.order || a.key.localeCompare(b.key)) : none), [data, target]);
};

export const isMoney = (value: unknown): value is Money => typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
const isNothing = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Whether a field is to be filled as the record stands; `record` has the built-in fields and `custom`. The server decides in any case. */
export const isVisible = (field: CustomField, record: object, fields: CustomField[] = none, depth = 0): boolean => {
  const condition = field.visibleWhen;
  if (!condition) return true;
  const own = condition.field.startsWith('custom.') ? condition.field.slice(7) : undefined;
  const other = own ? fields.find((each) => each.key === own) : undefined;
  if (other && depth < 20 && !isVisible(other, record, fields, depth + 1)) return false;
  const values = record as Record<string, unknown> & { custom?: Record<string, unknown> | null };
  const value = own ? values.custom?.[own] : values[condition.field];
  if (isNothing(value)) return false;
  return Array.isArray(value) ? value.some((item) => condition.values.includes(String(item))) : condition.values.includes(isMoney(value) ? String(value.amount) : String(value));
};

/** How fields, their choices and values read in the user's language. */
export const useFieldWords = () => {
  const { t } = useTranslation();
  const { locale, timeZone } = useLocale();
  const users = useUsers();
  return useMemo(() => {
    const zh = locale === 'zh-CN';
    const label = (named: { zh: string; en: string }) => (zh ? named.zh : named.en);
    const text = (field: CustomField | undefined, value: CustomValue | undefined): string => {
      if (isNothing(value)) return '';
      if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
      if (isMoney(value)) return formatMoney(value, locale);
      const choice = (code: string) => { const found = field?.choices.find((each) => each.code === code); return found ? label(found) : code; };
      if (Array.isArray(value)) return value.map(choice).join(t('comma'));
      if (typeof value === 'number') return formatNumber(value, locale, { maximumFractionDigits: 10 });
      if (field?.type === 'choice') return choice(String(value));
      if (field?.type === 'date') return formatDate(String(value), locale, timeZone);
      if (field?.type === 'reference' && field.referenceTo === 'users') return users.data?.find((user) => user.id === value)?.displayName ?? String(value);
      return String(value);
    };
    return { label, help: (field: CustomField) => (zh ? field.helpZh : field.helpEn) ?? undefined, text };
  }, [locale, t, timeZone, users.data]);
};

/** How custom fields of a target and their values read in the history and in conflicts; undefined for a path that is not of one of them. */
export const useOwnWords = (target: CustomTarget) => {
  const fields = useCustomFields(target);
  const words = useFieldWords();
  return useMemo(() => {
    const find = (path: string) => (path.startsWith('custom.') ? fields.find((field) => field.key === path.slice(7)) : undefined);
    return {
      label: (path: string) => { const field = find(path); return field && words.label(field); },
      text: (path: string, value: unknown) => { const field = find(path); return field && words.text(field, value as CustomValue); },
    };
  }, [fields, words]);
};

/** What a form sends of custom fields: those that are filled, or, of a record that is there, those that changed with null for those that were emptied. */
export const customBody = (values: Record<string, CustomValue | undefined> | null | undefined, before?: Record<string, CustomValue>) => {
  const sent = Object.entries(values ?? {}).map(([key, value]) => [key, isNothing(value) ? null : value!] as const)
    .filter(([key, value]) => (before ? JSON.stringify(value) !== JSON.stringify(before[key] ?? null) : value !== null));
  return sent.length > 0 ? { custom: Object.fromEntries(sent) } : {};
};

export const isPattern = (pattern: string) => { try { return new RegExp(`^(?:${pattern})$`, 'u'); } catch { return undefined; } };
