import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreferences, usePreferences } from '@/lib/preferences';
import './authorize.css';

/** Frame of the questions that come from an application. */
export const Frame = ({ title, children }: { title: string; children: ReactNode }) => {
  const { t } = useTranslation('authorize');
  const { language } = usePreferences();
  const other = language === 'zh-CN' ? 'en' : 'zh-CN';
  useEffect(() => { document.title = `${title} · CRM`; }, [title]);
  return (
    <main className="authorize">
      <div className="authorize__card">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <h1>{title}</h1>
        {children}
      </div>
      <button type="button" className="authorize__language" lang={other} onClick={() => setPreferences({ language: other })}>{t(`common:languageName.${other}`)}</button>
    </main>
  );
};
