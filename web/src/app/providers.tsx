import { App, ConfigProvider } from 'antd';
import type { Locale } from 'antd/es/locale';
import dayjs from 'dayjs';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { themeConfig } from '@/app/theme';
import { changeLanguage } from '@/lib/i18n';
import { useDark, usePreferences, useReducedMotion, type Language } from '@/lib/preferences';

const locales: Record<Language, () => Promise<{ default: Locale }>> = {
  'zh-CN': () => import('@/app/antd-locale-zh'),
  en: () => import('@/app/antd-locale-en'),
};

/** Language, theme and messages for everything below. */
export const Providers = ({ children }: { children: ReactNode }) => {
  const { language } = usePreferences();
  const dark = useDark();
  const reduced = useReducedMotion();
  const [locale, setLocale] = useState<Locale>();

  useEffect(() => { document.documentElement.dataset.theme = dark ? 'dark' : 'light'; }, [dark]);
  useEffect(() => {
    let wanted = true;
    void Promise.all([locales[language](), changeLanguage(language)]).then(([module]) => {
      if (!wanted) return;
      dayjs.locale(language === 'zh-CN' ? 'zh-cn' : 'en');
      setLocale(module.default);
    });
    return () => { wanted = false; };
  }, [language]);

  const theme = useMemo(() => themeConfig(dark, reduced), [dark, reduced]);
  if (!locale) return null;
  return (
    <ConfigProvider locale={locale} theme={theme} button={{ autoInsertSpace: false }} form={{ requiredMark: true }}>
      <App component={false} message={{ maxCount: 3 }}>{children}</App>
    </ConfigProvider>
  );
};
