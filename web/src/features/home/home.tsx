import { Link, useNavigate } from '@tanstack/react-router';
import { Segmented, Skeleton } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { FunnelChart } from '@/components/funnel-chart';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { formatDate, todayIn } from '@/lib/format';
import { rowsSearch, useFunnel, useKeyFigures } from '@/lib/reports';
import { useCan, useLocale, useSession } from '@/lib/session';
import { useUrlState } from '@/lib/url-state';
import { FigureCard } from './figure-card';
import { DayList } from '@/components/day-list';
import { Tickets } from './work';
import './home.css';

const lengths = ['30', '90', '365'] as const;
const homeState = z.object({ days: z.catch(z.optional(z.coerce.string().check(z.regex(/^(30|365)$/))), undefined) });

/** The figures of the last days beside the funnel. */
const Figures = () => {
  const { t } = useTranslation('home');
  const navigate = useNavigate();
  const { locale, timeZone } = useLocale();
  const [state, setState] = useUrlState(homeState);
  const days = state.days ?? '90';
  const to = todayIn(timeZone);
  const from = new Date(Date.parse(to) - (Number(days) - 1) * 86_400_000).toISOString().slice(0, 10);
  const report = useKeyFigures({ from, to });
  const funnel = useFunnel({ from, to });
  const open = useCallback((rows: string) => void navigate({ to: '/reports/rows', search: rowsSearch(rows) as never }), [navigate]);
  return (
    <>
      <div className="home__head">
        <h2>{t('figures')}</h2>
        <Segmented size="small" aria-label={t('period')} value={days} options={lengths.map((value) => ({ value, label: t('lastDays', { count: Number(value) }) }))} onChange={(value) => setState({ days: value === '90' ? undefined : value })} />
        <span className="muted number">{formatDate(from, locale, timeZone)} – {formatDate(to, locale, timeZone)}</span>
      </div>
      <div className="home__pair">
        <div className="home__figures" data-updating={report.isPlaceholderData}>
          {report.error ? <ProblemAlert error={report.error} onRetry={() => void report.refetch()} /> : null}
          {report.isPending && !report.error ? <Skeleton active paragraph={{ rows: 5 }} /> : null}
          {report.data?.figures.map((figure) => <FigureCard key={figure.code} figure={figure} />)}
        </div>
        <section className="panel" aria-label={t('funnel')}>
          <div className="panel__head"><h2>{t('funnel')}</h2><Link to="/reports" search={{ from, to } as never}>{t('more')}</Link></div>
          {funnel.error ? <ProblemAlert error={funnel.error} onRetry={() => void funnel.refetch()} /> : null}
          {funnel.data ? <FunnelChart stages={funnel.data.stages} onOpen={open} /> : null}
        </section>
      </div>
    </>
  );
};

/** What is going on and what waits for me. */
export const HomePage = () => {
  const { t } = useTranslation('home');
  const { user } = useSession();
  const can = useCan();
  return (
    <>
      <PageHeader title={t('title')} note={t('welcome', { name: user.displayName })} />
      <div className="home">
        <div className="home__work">
          {can('customers.view') ? (
            <section className="panel" aria-label={t('myDay')}>
              <div className="panel__head"><h2>{t('myDay')}</h2><Link to="/my-day">{t('all')}</Link></div>
              <DayList />
            </section>
          ) : null}
          {can('tickets.view') ? <Tickets /> : null}
        </div>
        {can('reports.view') ? <Figures /> : null}
      </div>
    </>
  );
};
