import { useSyncExternalStore } from 'react';

export type Language = 'zh-CN' | 'en';
export type ThemeChoice = 'light' | 'dark' | 'system';
/** `singleKeys`: shortcuts of one letter; off for people whose speech or switch input would trigger them (WCAG 2.1.4). */
interface Preferences { language: Language; theme: ThemeChoice; sidebarCollapsed: boolean; singleKeys: boolean }

const key = 'crm.preferences';
const defaults: Preferences = { language: 'zh-CN', theme: 'system', sidebarCollapsed: false, singleKeys: true };
const listeners = new Set<() => void>();

const read = (): Preferences => {
  try { return { ...defaults, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>) }; } catch { return defaults; }
};
let current = read();

export const preferences = () => current;
export const setPreferences = (change: Partial<Preferences>) => {
  current = { ...current, ...change };
  try { localStorage.setItem(key, JSON.stringify(current)); } catch { /* Private windows without storage keep the choice for this page only. */ }
  listeners.forEach((listener) => listener());
};
export const onPreferences = (listener: () => void) => { listeners.add(listener); return () => { listeners.delete(listener); }; };
export const usePreferences = () => useSyncExternalStore(onPreferences, preferences);

const media = (query: string) => ({
  subscribe: (listener: () => void) => { const list = matchMedia(query); list.addEventListener('change', listener); return () => list.removeEventListener('change', listener); },
  matches: () => matchMedia(query).matches,
});
const darkScheme = media('(prefers-color-scheme: dark)');
const phoneWidth = media('(max-width: 767px)');
const stillMotion = media('(prefers-reduced-motion: reduce)');

/** True when the page is shown dark, by choice or by the system. */
export const useDark = () => {
  const system = useSyncExternalStore(darkScheme.subscribe, darkScheme.matches);
  const { theme } = usePreferences();
  return theme === 'system' ? system : theme === 'dark';
};
/** True on a phone's width: cards in place of tables, navigation at the bottom. */
export const usePhone = () => useSyncExternalStore(phoneWidth.subscribe, phoneWidth.matches);
export const useReducedMotion = () => useSyncExternalStore(stillMotion.subscribe, stillMotion.matches);
