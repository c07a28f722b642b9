import { useTranslation } from 'react-i18next';
import { RowsLink } from '@/components/rows-link';
import { MoneyText } from '@/components/values';
import type { FunnelStage } from '@/lib/api-types';
import { formatNumber, formatRatio } from '@/lib/format';
import { useLocale } from '@/lib/session';

const columns = ['count', 'amount', 'entered', 'conversion', 'medianDaysInStage'] as const;

/** One row a stage; a figure leads to the rows behind it, a column title tells its formula. */
export const StageTable = ({ label, stages, formula }: { label: string; stages: FunnelStage[]; formula: Record<string, string> }) => {
  const { t, i18n } = useTranslation('reports');
  const { locale } = useLocale();
  return (
    <div className="stage-table">
      <table aria-label={label}>
        <thead><tr><th scope="col">{t('column.stage')}</th>{columns.map((column) => <th key={column} scope="col" title={formula[column]}>{t(`column.${column}`)}</th>)}</tr></thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage.code} data-kind={stage.kind}>
              <th scope="row">{i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name}</th>
              <td><RowsLink rows={stage.rows}>{formatNumber(stage.count, locale)}</RowsLink></td>
              <td><RowsLink rows={stage.rows}><MoneyText value={stage.amount} /></RowsLink>{stage.otherAmounts?.map((amount) => <div key={amount.currency} className="muted"><MoneyText value={amount} /></div>)}</td>
              <td><RowsLink rows={stage.enteredRows}>{formatNumber(stage.entered, locale)}</RowsLink></td>
              <td>{stage.conversion === null || stage.conversion === undefined ? <span className="muted">—</span> : <RowsLink rows={stage.enteredRows?.replace('figure=entered', 'figure=advanced')}>{formatRatio(stage.conversion, locale)}</RowsLink>}</td>
              <td>{stage.medianDaysInStage === null || stage.medianDaysInStage === undefined ? <span className="muted">—</span> : <RowsLink rows={stage.enteredRows?.replace('figure=entered', 'figure=left')}>{formatNumber(stage.medianDaysInStage, locale, { maximumFractionDigits: 1 })}</RowsLink>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
