import { HistoryOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, type ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { formatInstant } from '@/lib/format';
import { AsOfContext, useAsOf, type AsOf } from '@/lib/as-of';
import { useUrlState } from '@/lib/url-state';
import { useLocale } from '@/lib/session';
import './as-of.css';

const search = z.object({
  asOf: z.catch(z.optional(z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))), undefined),
  basis: z.catch(z.optional(z.enum(['effective', 'recorded'])), undefined),
});

/** Holds the instant of a screen in its address (`?asOf=`), so that a link shows the same past. */
export const AsOfProvider = ({ children }: { children: ReactNode }) => {
  const [state, setState] = useUrlState(search);
  const value = useMemo<AsOf>(() => {
    const basis = state.basis ?? 'effective';
    return {
      asOf: state.asOf, basis, query: state.asOf ? { asOf: state.asOf, basis } : {},
      set: (asOf, next = basis) => setState({ asOf, basis: asOf && next === 'recorded' ? next : undefined }),
    };
  }, [setState, state.asOf, state.basis]);
  return <AsOfContext.Provider value={value}>{children}</AsOfContext.Provider>;
};

/** Says clearly that the screen shows the past. Nothing while it shows the present. */
export const AsOfBanner = () => {
  const { t } = useTranslation();
  const { asOf, basis, set } = useAsOf();
  const { locale, timeZone } = useLocale();
  if (!asOf) return null;
  return (
    <div className="as-of" role="status">
      <HistoryOutlined aria-hidden="true" />
      <span><Trans t={t} i18nKey={`asOf.${basis}`} values={{ at: formatInstant(asOf, locale, timeZone, true) }} components={{ b: <b /> }} /></span>
      <Button size="small" onClick={() => set(undefined)}>{t('asOf.back')}</Button>
    </div>
  );
};
