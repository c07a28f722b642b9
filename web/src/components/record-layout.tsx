import { useLocation } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AsOfBanner } from '@/components/as-of';
import { usePhone } from '@/lib/preferences';
import './record-layout.css';

interface Props {
  /** Name, class, owner and the open commands. */
  header: ReactNode;
  /** Fields in groups, edited in place. */
  details: ReactNode;
  /** Tabs of the middle; the first is what people come for. */
  tabs: { key: string; label: string; children: ReactNode }[];
  /** Related records. */
  aside?: ReactNode;
}

/** Record page: header, fields left, activity in the middle, relations right; one column with tabs on a phone. Stands inside an AsOfProvider. */
export const RecordLayout = ({ header, details, tabs, aside }: Props) => {
  const { t } = useTranslation();
  const phone = usePhone();
  const [tab, setTab] = useState(tabs[0]?.key);
  // A field that tells where its value comes from leads to that event of the history.
  const hash = useLocation({ select: (location) => location.hash });
  const [followed, setFollowed] = useState('');
  if (hash !== followed) {
    setFollowed(hash);
    if (hash.startsWith('history-')) setTab('history');
  }
  const all = phone
    ? [...tabs.slice(0, 1), { key: 'details', label: t('record.details'), children: details }, ...(aside ? [{ key: 'related', label: t('record.related'), children: aside }] : []), ...tabs.slice(1)]
    : tabs;
  const active = all.some((each) => each.key === tab) ? tab : all[0]?.key;
  return (
    <article className="record">
      <AsOfBanner />
      <div className="record__header">{header}</div>
      <div className="record__body" data-aside={aside ? 'true' : 'false'}>
        {phone ? null : <section className="record__details" aria-label={t('record.details')}>{details}</section>}
        <section className="record__main">
          <Tabs size="small" activeKey={active} onChange={setTab} items={all} destroyOnHidden />
        </section>
        {phone || !aside ? null : <aside className="record__aside" aria-label={t('record.related')}>{aside}</aside>}
      </div>
    </article>
  );
};

/** Box of the right column: a title with its count, a command, the rows. */
export const RelatedBox = ({ title, count, action, children }: { title: string; count?: number; action?: ReactNode; children: ReactNode }) => (
  <section className="related" aria-label={title}>
    <div className="related__head"><h3>{title}{count ? <span className="related__count">{count}</span> : null}</h3>{action}</div>
    {children}
  </section>
);
