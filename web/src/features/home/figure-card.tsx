import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { RowsLink } from '@/components/rows-link';
import type { KeyFigure } from '@/lib/api-types';
import { useLocale } from '@/lib/session';
import { change, figureText } from './figures';

/** One key figure: its value with the rows behind it, the period before, and how it is made. */
export const FigureCard = ({ figure }: { figure: KeyFigure }) => {
  const { t } = useTranslation('home');
  const { locale } = useLocale();
  const text = (value: number | null | undefined) => figureText(figure, value, locale, (days) => t('days', { days }));
  const moved = change(figure);
  return (
    <section className="figure" aria-label={t(`figure.${figure.code}`)}>
      <h3>{t(`figure.${figure.code}`)}</h3>
      <p className="figure__value number">{figure.value === null || figure.value === undefined ? <span className="muted" title={t('nothing')}>—</span> : <RowsLink rows={figure.rows}>{text(figure.value)}</RowsLink>}</p>
      <p className="figure__before">
        {moved ? <span data-good={moved.good}>{moved.up ? <ArrowUpOutlined aria-label={t('up')} /> : <ArrowDownOutlined aria-label={t('down')} />}</span> : null}
        <span className="muted">{t('previous')} <span className="number">{text(figure.previous)}</span></span>
      </p>
      <details className="figure__formula">
        <summary>{t('formula')}</summary>
        <p>{figure.formula}</p>
        {figure.value === null || figure.value === undefined ? <p>{t('nothing')}</p> : (
          <p className="number"><RowsLink rows={figure.numeratorRows ?? figure.rows}>{(figure.numerator ?? 0).toLocaleString(locale)}</RowsLink> ÷ <RowsLink rows={figure.rows}>{(figure.denominator ?? 0).toLocaleString(locale)}</RowsLink> = {text(figure.value)}</p>
        )}
        {figure.otherCurrencies?.map((amount) => <p key={amount.currency} className="number">{amount.currency} {amount.amount.toLocaleString(locale)}</p>)}
      </details>
    </section>
  );
};
