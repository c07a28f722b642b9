import { useQuery } from '@tanstack/react-query';
import { Button, Form, InputNumber, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Cadence as CadenceView } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';

const classes = ['potential', 'intent', 'won', 'lost'] as const;
const tiers = ['A', 'B', 'C', 'D'] as const;

/** How often customers are followed up, by class and by tier. */
export const Cadence = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  const { data, error: failure, refetch } = useQuery({ queryKey: ['cadence'], queryFn: ({ signal }) => get<CadenceView>('cadence', undefined, signal) });
  if (failure) return <ProblemAlert error={failure} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const days = (required: boolean) => <InputNumber min={1} max={366} precision={0} suffix={t('cadence.days')} style={{ width: 160 }} placeholder={required ? undefined : t('cadence.noRule')} />;
  const submit = ({ tiers: own, ...rest }: CadenceView) => void execute({ method: 'PUT', path: 'cadence', body: { ...rest, tiers: Object.fromEntries(Object.entries(own).filter(([, value]) => value)) }, done: t('saved'), refresh: [['customers'], ['my-day']] });
  return (
    <Form<CadenceView> name="cadence" layout="vertical" className="settings__form" initialValues={data} disabled={!can('users.change')} onFinish={submit}>
      <p className="muted" style={{ marginBottom: 12 }}>{t('cadence.text')}</p>
      {classes.map((each) => <Form.Item key={each} name={each} label={t(`cadence.${each}`)} rules={[{ required: true, message: t('required') }]}>{days(true)}</Form.Item>)}
      {tiers.map((each) => <Form.Item key={each} name={['tiers', each]} label={t('cadence.tier', { tier: each })}>{days(false)}</Form.Item>)}
      {error ? <div style={{ marginBottom: 12 }}><ProblemAlert error={error} /></div> : null}
      {can('users.change') ? <Button type="primary" htmlType="submit" loading={busy}>{t('common:save')}</Button> : null}
    </Form>
  );
};
