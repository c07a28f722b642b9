import { EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { MoneyText } from '@/components/values';
import type { Opportunity } from '@/lib/api-types';
import { useAsOf } from '@/lib/as-of';
import { formatNumber, formatRatio } from '@/lib/format';
import { useLocale, useMay } from '@/lib/session';

const LinesDialog = lazy(() => import('./lines-dialog'));

/** What is to be sold, with what each line comes to. */
export const LinesTab = ({ opportunity }: { opportunity: Opportunity }) => {
  const { t } = useTranslation('opportunities');
  const { locale } = useLocale();
  const { asOf } = useAsOf();
  const may = useMay('opportunities', opportunity);
  const [editing, setEditing] = useState(false);
  const lines = opportunity.lines ?? [];
  const editable = may('change') && !asOf;
  const edit = editable ? <Button size="small" icon={<EditOutlined />} onClick={() => setEditing(true)}>{lines.length > 0 ? t('line.edit') : t('line.add')}</Button> : null;
  const currency = lines[0]?.amount?.currency;
  return (
    <>
      {lines.length === 0 ? <EmptyState title={t('line.none')} action={edit} /> : (
        <div className="lines">
          <div className="lines__head">{edit}</div>
          <div className="lines__scroll">
            <table aria-label={t('line.title')}>
              <thead><tr><th scope="col">{t('field.productId')}</th><th scope="col">{t('field.quantity')}</th><th scope="col">{t('field.unitPrice')}</th><th scope="col">{t('field.discount')}</th><th scope="col">{t('line.amount')}</th></tr></thead>
              <tbody>
                {lines.map((line, index) => (
                  <tr key={index}>
                    <th scope="row">{line.productName ?? line.productId}</th><td className="number">{formatNumber(line.quantity, locale)}</td><td><MoneyText value={line.unitPrice} /></td>
                    <td className="number">{line.discount ? formatRatio(line.discount, locale, 2) : '—'}</td><td><MoneyText value={line.amount} /></td>
                  </tr>
                ))}
              </tbody>
              {currency ? <tfoot><tr><th scope="row" colSpan={4}>{t('line.sum')}</th><td><b><MoneyText value={{ amount: lines.reduce((sum, line) => sum + (line.amount?.amount ?? 0), 0), currency }} /></b></td></tr></tfoot> : null}
            </table>
          </div>
          {opportunity.amountFromLines === false ? <p className="muted">{t('line.byHand')}</p> : null}
        </div>
      )}
      <Suspense fallback={null}>{editing ? <LinesDialog opportunity={opportunity} onClose={() => setEditing(false)} /> : null}</Suspense>
    </>
  );
};
