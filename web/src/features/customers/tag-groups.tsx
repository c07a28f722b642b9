import { useQuery } from '@tanstack/react-query';
import { Button, Popover, Tag as Chip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Customer, CustomerTags } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { formatDate, formatNumber } from '@/lib/format';
import { get } from '@/lib/http';
import { useLocale } from '@/lib/session';
import { dimensions, useTags } from '@/lib/tags';
import { TierMark } from './marks';

const useWhy = (customer: Customer, enabled: boolean) => {
  const { asOf } = useAsOf();
  return useQuery({ queryKey: ['customers', customer.id, 'tags', customer.version, asOf ?? ''], enabled, queryFn: ({ signal }) => get<CustomerTags>(`customers/${customer.id}/tags`, { asOf }, signal) });
};
type Reason = CustomerTags['tierBecause'][number];

const Reasons = ({ reasons }: { reasons: Reason[] }) => {
  const { t } = useTranslation('customers');
  const { locale, timeZone } = useLocale();
  const value = (reason: Reason) => (reason.kind === 'lifecycle' ? t(`lifecycle.${reason.value}`) : t(`tagsBox.type.${reason.value}`, { defaultValue: reason.value ?? '—' }));
  return (
    <ul className="tag-why__reasons">
      {reasons.map((reason, i) => (
        <li key={i}>{formatDate(reason.at, locale, timeZone)} · {t(`tagsBox.reason.${reason.kind}`, { amount: formatNumber(reason.amount ?? 0, locale), value: value(reason) })}</li>
      ))}
    </ul>
  );
};

/** The value tier, and what it follows from. */
export const TierWhy = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const [open, setOpen] = useState(false);
  const why = useWhy(customer, open).data;
  if (!customer.tier) return null;
  const content = why ? (
    <div className="tag-why">
      <p>{why.tierSource === 'manual' ? t('tagsBox.manualTier', { tier: why.computedTier }) : t('tagsBox.computedTier')}</p>
      {why.tierBecause.length ? <Reasons reasons={why.tierBecause} /> : <p className="muted">{t('tagsBox.nothing')}</p>}
    </div>
  ) : '…';
  return (
    <Popover trigger="click" open={open} onOpenChange={setOpen} title={t('tagsBox.tier', { tier: customer.tier })} content={content}>
      <button type="button" className="pill-button" aria-label={t('tagsBox.tier', { tier: customer.tier })}><TierMark value={customer.tier} /></button>
    </Popover>
  );
};

/** The tags in their colours, by dimension; those that rules give say why. */
export const TagGroups = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const { locale, timeZone } = useLocale();
  const [open, setOpen] = useState(false);
  const why = useWhy(customer, open).data;
  const catalogue = new Map((useTags().data ?? []).map((tag) => [tag.name, tag]));
  const computed = new Set((customer.computedTags ?? []).map((tag) => tag.name));
  const names = customer.tags ?? [];
  if (names.length === 0) return <span className="muted">—</span>;
  const rank = (name: string) => { const tag = catalogue.get(name); const at = tag ? dimensions.indexOf(tag.dimension) : 9; return at < 0 ? 8 : at; };
  const sorted = [...names].sort((a, b) => rank(a) - rank(b));
  const word = (dimension: string | null | undefined) => (!dimension ? t('tagsBox.free') : dimensions.includes(dimension) ? t(`tagsBox.dim.${dimension}`) : dimension);
  const content = (
    <div className="tag-why">
      {(why?.tags ?? []).map((tag) => (
        <section key={`${tag.name}${tag.computed}`}>
          <b>{tag.name}</b> <span className="muted">{word(tag.dimension)}{tag.computed ? ` · ${t('tagsBox.computed')}` : ''}{tag.since ? ` · ${t('tagsBox.since', { date: formatDate(tag.since, locale, timeZone) })}` : ''}{tag.until ? ` · ${t('tagsBox.until', { date: formatDate(tag.until, locale, timeZone) })}` : ''}</span>
          <Reasons reasons={tag.because} />
        </section>
      ))}
    </div>
  );
  return (
    <span className="tags">
      {sorted.map((name) => {
        const tag = catalogue.get(name);
        return <Chip key={name} color={!tag || tag.color === 'default' ? undefined : tag.color} title={`${word(tag?.dimension)}${computed.has(name) ? ` · ${t('tagsBox.computed')}` : ''}`}>{name}</Chip>;
      })}
      <Popover trigger="click" open={open} onOpenChange={setOpen} title={t('tagsBox.why')} content={content}>
        <Button type="text" size="small" aria-label={t('tagsBox.why')}>?</Button>
      </Popover>
    </span>
  );
};
