import { createElement, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NameOf } from '@/components/reference-text';
import type { Lifecycle, Tag, Tier } from '@/lib/api-types';
import { useOwnWords } from '@/lib/fields';
import { formatDate, formatInstant } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { dimensions, useTags } from '@/lib/tags';
import { useUsers } from '@/lib/users';

export const lifecycles: Lifecycle[] = ['potential', 'intent', 'won', 'lost'];
export const tiers: Tier[] = ['A', 'B', 'C', 'D'];
export const methods = ['phone', 'visit', 'email', 'message', 'other'] as const;

/** Choices of the customer's coded fields in the user's language. */
export const useChoices = () => {
  const { t } = useTranslation('customers');
  const catalogue = useTags().data;
  return useMemo(() => {
    const byDimension = (tags: Tag[]) => [...new Set([...dimensions, ...tags.map((tag) => tag.dimension)])].map((dimension) => ({
      label: dimensions.includes(dimension) ? t(`tagsBox.dim.${dimension}`) : dimension,
      options: tags.filter((tag) => tag.dimension === dimension).map((tag) => ({ value: tag.name, label: tag.name })),
    })).filter((group) => group.options.length > 0);
    const of = (group: string, codes: readonly string[]) => codes.map((code) => ({ value: code, label: t(`${group}.${code}`) }));
    return {
      kinds: of('kind', ['company', 'person']),
      lifecycles: of('lifecycle', lifecycles),
      tiers: tiers.map((tier) => ({ value: tier as string, label: t('tierOf', { tier }) })),
      methods: of('method', methods),
      sizes: of('size', ['s', 'm', 'l', 'xl']).map(({ label }) => ({ value: label, label })),
      /** The catalogue by dimension; any other text is a tag as well. */
      tags: byDimension(catalogue ?? []),
      /** Those that people can set. */
      handTags: byDimension((catalogue ?? []).filter((tag) => !tag.conditions)),
    };
  }, [catalogue, t]);
};

/** How events, fields and their values of a customer read in the history and in conflicts. */
export const useCustomerWords = () => {
  const { t, i18n } = useTranslation('customers');
  const { locale, timeZone } = useLocale();
  const users = useUsers();
  const own = useOwnWords('customers');
  const ofContacts = useOwnWords('contacts');
  return useMemo(() => {
    const nameOf = new Map((users.data ?? []).map((user) => [user.id, user.displayName]));
    return {
      eventLabel: (type: string) => (i18n.exists(`customers:event.${type}`) ? t(`event.${type}`) : type.replace(/_/g, ' ')),
      fieldLabel: (field: string) => own.label(field) ?? ofContacts.label(field.slice(field.indexOf('custom.'))) ?? field.split('.').filter((part) => part !== 'custom' && !/^[0-9a-f]{8}-/.test(part)).map((part) => (i18n.exists(`customers:field.${part}`) ? t(`field.${part}`) : part)).join(' · '),
      fieldValue: (path: string, value: unknown): ReactNode => {
        const defined = own.text(path, value) ?? (path.includes('.custom.') ? ofContacts.text(path.slice(path.indexOf('custom.')), value) : undefined);
        if (defined !== undefined) return defined;
        const field = path.split('.').pop()!;
        if (typeof value !== 'string') return typeof value === 'boolean' ? t(value ? 'common:yes' : 'common:no') : undefined;
        if (field === 'lifecycle' || field === 'kind' || field === 'method') return t(`${field}.${value}`);
        if (/(owner|assignee|author)Id$/i.test(field)) return nameOf.get(value) ?? value;
        if (field === 'parentId') return createElement(NameOf, { resource: 'customers', id: value });
        if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value, locale, timeZone);
        if (/^\d{4}-\d{2}-\d{2}T/.test(value)) return formatInstant(value, locale, timeZone);
        return value;
      },
    };
  }, [i18n, locale, ofContacts, own, t, timeZone, users.data]);
};

/** What a file can be, in the user's language. */
export const useAttachmentKinds = () => {
  const { t } = useTranslation('customers');
  return useMemo(() => (['other', 'contractScan', 'acceptanceReport'] as const).map((kind) => ({ value: kind, label: t(`attachment.kind.${kind}`) })), [t]);
};
