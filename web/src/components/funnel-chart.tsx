import { Segmented, Skeleton } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FunnelStage } from '@/lib/api-types';
import { formatMoney, formatNumber } from '@/lib/format';
import { useLocale } from '@/lib/session';
import './funnel-chart.css';

const FunnelPlot = lazy(() => import('@/components/funnel-plot'));
type Measure = 'entered' | 'count' | 'amount';

/** The stages up to the win as a funnel. The chart comes after the screen stands; what it shows is read out as well. */
export const FunnelChart = ({ stages, onOpen }: { stages: FunnelStage[]; onOpen?: (rows: string) => void }) => {
  const { t, i18n } = useTranslation();
  const { locale } = useLocale();
  const [measure, setMeasure] = useState<Measure>('entered');
  const shown = stages.filter((stage) => stage.kind !== 'lost');
  const items = shown.map((stage) => {
    const value = measure === 'amount' ? stage.amount.amount : stage[measure];
    return {
      name: i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name, value, rows: measure === 'entered' ? stage.enteredRows : stage.rows,
      text: measure === 'amount' ? formatMoney(stage.amount, locale, true) : formatNumber(value, locale),
    };
  });
  return (
    <div className="funnel-chart">
      <Segmented<Measure> size="small" aria-label={t('funnel.measure')} value={measure} onChange={setMeasure} options={(['entered', 'count', 'amount'] as const).map((value) => ({ value, label: t(`funnel.${value}`) }))} />
      {items.every((item) => item.value === 0) ? <p className="funnel-chart__none muted">{t('funnel.none')}</p> : (
        <div className="funnel-chart__plot" role="img" aria-label={`${t('funnel.label')}: ${items.map((item) => `${item.name} ${item.text}`).join(', ')}`}>
          <Suspense fallback={<Skeleton active paragraph={{ rows: 5 }} title={false} />}><FunnelPlot items={items} onOpen={onOpen} /></Suspense>
        </div>
      )}
    </div>
  );
};
