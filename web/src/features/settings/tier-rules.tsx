import { useQuery } from '@tanstack/react-query';
import { Button, Form, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { TierRule } from '@/lib/api-types';
import { formatNumber } from '@/lib/format';
import { get } from '@/lib/http';
import { useLocale } from '@/lib/session';

type Values = Pick<TierRule, 'a' | 'b' | 'c' | 'days'>;

/** From what won amount on a customer is A, B or C, and how many are. */
export const TierRules = () => {
  const { t } = useTranslation('settings');
  const { locale } = useLocale();
  const { busy, error, execute } = useCommandState();
  const query = useQuery({ queryKey: ['tags', 'tiers'], queryFn: ({ signal }) => get<TierRule>('tags/tiers', {}, signal) });
  const rule = query.data;
  if (!rule) return query.error ? <ProblemAlert error={query.error} /> : null;
  const count = (tier: string) => {
    const found = rule.tiers.find((each) => each.tier === tier);
    return `${formatNumber(found?.count ?? 0, locale)}${found?.manual ? ` · ${t('tags.manual', { count: found.manual })}` : ''}`;
  };
  const amount = (tier: 'a' | 'b' | 'c') => (
    <Form.Item name={tier} label={`${tier.toUpperCase()} · ${t('tags.from')}`} extra={`${t('tags.customers')}: ${count(tier.toUpperCase())}`} rules={[{ required: true, message: t('required') }]}>
      <InputNumber min={0} style={{ width: 160 }} />
    </Form.Item>
  );
  return (
    <section className="tier-rules" aria-label={t('tags.tiers')}>
      <h2>{t('tags.tiers')}</h2>
      <p className="muted">{t('tags.tiersHelp', { days: rule.days })} {t('tags.coverage', { share: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(rule.coverage), count: rule.customers })}</p>
      <Form<Values> name="tiers" layout="inline" key={JSON.stringify([rule.a, rule.b, rule.c, rule.days])} initialValues={rule} onFinish={(values) => void execute({ method: 'PUT', path: 'tags/tiers', body: values, done: t('tags.tierSaved'), refresh: [['customers']] })}>
        {amount('a')}{amount('b')}{amount('c')}
        <Form.Item name="days" label={t('tags.tierDays')} extra={`D: ${count('D')}`} rules={[{ required: true, message: t('required') }]}><InputNumber min={1} max={3660} precision={0} style={{ width: 110 }} /></Form.Item>
        <Button htmlType="submit" loading={busy}>{t('common:save')}</Button>
      </Form>
      <ProblemAlert error={error} />
    </section>
  );
};
