import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreferences, usePreferences } from '@/lib/preferences';
import './public-form.css';

/** Frame of the pages a customer sees without signing in. */
export const PublicFrame = ({ title, text, children }: { title: string; text?: string; children: ReactNode }) => {
  const { t } = useTranslation('public-form');
  const { language } = usePreferences();
  const other = language === 'zh-CN' ? 'en' : 'zh-CN';
  useEffect(() => { document.title = title; }, [title]);
  return (
    <div className="public">
      <header className="public__top">
        <img src="/favicon.svg" alt="" width="24" height="24" /><b>{t('desk')}</b>
        <button type="button" lang={other} onClick={() => setPreferences({ language: other })}>{t(`common:languageName.${other}`)}</button>
      </header>
      <main className="public__main">
        <h1>{title}</h1>
        {text ? <p className="muted">{text}</p> : null}
        {children}
      </main>
    </div>
  );
};
