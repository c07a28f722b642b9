import { useTranslation } from 'react-i18next';
import type { TagCounts } from '@/lib/api-types';
import { formatNumber } from '@/lib/format';
import { useLocale } from '@/lib/session';

/** Members at the beginning of each of the last twelve months and now: a table whose cells are the chart. */
export const MonthCounts = ({ counts }: { counts: TagCounts }) => {
  const { t } = useTranslation('settings');
  const { locale, timeZone } = useLocale();
  const most = Math.max(1, ...counts.months.map((month) => month.count));
  const name = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (
    <table className="month-counts">
      <caption>{t('tags.months')}</caption>
      <thead><tr><th scope="col">{t('tags.month')}</th><th scope="col">{t('tags.customers')}</th></tr></thead>
      <tbody>
        {counts.months.map((month) => (
          <tr key={month.at}>
            <th scope="row">{name.format(new Date(month.at))}</th>
            <td><span className="month-counts__bar" style={{ width: `${(month.count / most) * 70}%` }} aria-hidden="true" />{formatNumber(month.count, locale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
