import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Form, InputNumber, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { PoolSettings } from '@/lib/api-types';
import { get } from '@/lib/http';

const classes = ['potential', 'intent', 'won', 'lost'] as const;

/** The rules of the pool (公海): caps for claims, after how many days customers go back, and whom it spares. */
export const Pool = () => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const { data, error: failure, refetch } = useQuery({ queryKey: ['pool', 'settings'], queryFn: ({ signal }) => get<PoolSettings>('pool/settings', undefined, signal) });
  if (failure) return <ProblemAlert error={failure} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const days = (name: string | string[], label: string, min = 1, max = 3650) => <Form.Item name={name} label={label}><InputNumber min={min} max={max} precision={0} suffix={t('pool.days')} style={{ width: 160 }} /></Form.Item>;
  return (
    <Form<PoolSettings> name="pool" layout="vertical" className="settings__form" initialValues={data} onFinish={(values) => void execute({ method: 'PUT', path: 'pool/settings', body: { ...values, warnDays: values.warnDays ?? 0, reclaimAfterDays: values.reclaimAfterDays ?? 0 }, done: t('pool.saved') })}>
      <p className="muted" style={{ marginBottom: 12 }}>{t('pool.text')}</p>
      <Form.Item name="holdingCap" label={t('pool.holdingCap')} extra={t('pool.noCap')}><InputNumber min={1} max={100000} precision={0} style={{ width: 160 }} /></Form.Item>
      <Form.Item name="dailyClaimCap" label={t('pool.dailyClaimCap')} extra={t('pool.noCap')}><InputNumber min={1} max={10000} precision={0} style={{ width: 160 }} /></Form.Item>
      <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
        <legend>{t('pool.recycle')}</legend>
        <p className="muted">{t('pool.recycleText')}</p>
        {classes.map((each) => <div key={each}>{days(['recycleAfterDays', each], t(`pool.class.${each}`))}</div>)}
      </fieldset>
      {days('warnDays', t('pool.warnDays'), 0, 90)}
      {days('reclaimAfterDays', t('pool.reclaimAfterDays'), 0)}
      <Form.Item name="protectWon" valuePropName="checked"><Checkbox>{t('pool.protectWon')}</Checkbox></Form.Item>
      <Form.Item name="protectOpenOpportunities" valuePropName="checked"><Checkbox>{t('pool.protectOpenOpportunities')}</Checkbox></Form.Item>
      {error ? <div style={{ marginBottom: 12 }}><ProblemAlert error={error} /></div> : null}
      <Button type="primary" htmlType="submit" loading={busy}>{t('pool.save')}</Button>
    </Form>
  );
};
