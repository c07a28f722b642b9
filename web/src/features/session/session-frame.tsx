import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreferences, usePreferences } from '@/lib/preferences';
import './session.css';

/** Screen of a visitor who is not signed in. */
export const SessionFrame = ({ title, text, children }: { title: string; text?: string; children: ReactNode }) => {
  const { t } = useTranslation('session');
  const { language } = usePreferences();
  const other = language === 'zh-CN' ? 'en' : 'zh-CN';
  return (
    <div className="session">
      <aside className="session__side" aria-hidden="true">
        <div className="session__brand"><img src="/favicon.svg" alt="" width="32" height="32" /> CRM</div>
        <p className="session__claim">{t('claim')}</p>
        <ol className="session__log">
          {['claim1', 'claim2', 'claim3'].map((key) => <li key={key}>{t(key)}</li>)}
        </ol>
      </aside>
      <main className="session__main">
        <div className="session__card">
          <h1>{title}</h1>
          {text ? <p className="muted session__text">{text}</p> : null}
          {children}
        </div>
        <button type="button" className="session__language" lang={other} onClick={() => setPreferences({ language: other })}>{t(`common:languageName.${other}`)}</button>
      </main>
    </div>
  );
};
