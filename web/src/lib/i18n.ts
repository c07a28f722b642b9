import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setRequestLanguage } from '@/lib/http';
import { preferences, type Language } from '@/lib/preferences';

type Texts = Record<string, unknown>;
const common = import.meta.glob<{ default: Texts }>('./locales/*.json');
const features = import.meta.glob<{ default: Texts }>('../features/*/locales/*.json');

/** Texts of one namespace: `common`, or the folder name of a feature. Loaded when a screen first needs them. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = namespace === 'common' ? common[`./locales/${language}.json`] : features[`../features/${namespace}/locales/${language}.json`];
    if (!load) { done(new Error(`No texts for ${namespace} in ${language}`), false); return; }
    load().then((module) => done(null, module.default), (error: unknown) => done(error as Error, false));
  },
};

const announce = (language: string) => {
  document.documentElement.lang = language;
  setRequestLanguage(language);
};

export const startTexts = async () => {
  const language = preferences().language;
  announce(language);
  await i18next.use(backend).use(initReactI18next).init({
    lng: language, supportedLngs: ['zh-CN', 'en'], fallbackLng: false, load: 'currentOnly',
    ns: ['common'], defaultNS: 'common', fallbackNS: 'common', interpolation: { escapeValue: false }, returnNull: false,
  });
};
export const loadTexts = (namespace: string) => i18next.loadNamespaces(namespace);
export const changeLanguage = async (language: Language) => {
  announce(language);
  await i18next.changeLanguage(language);
};
