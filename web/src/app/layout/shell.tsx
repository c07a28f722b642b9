import {
  ApiOutlined, BulbOutlined, DownOutlined, GlobalOutlined, LogoutOutlined, MenuFoldOutlined, MenuUnfoldOutlined, MoonOutlined, PlusOutlined,
  QuestionCircleOutlined, SafetyOutlined, SearchOutlined, SunOutlined,
} from '@ant-design/icons';
import { Link, Outlet, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { Button, Dropdown, Tooltip } from 'antd';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rememberRecord } from '@/app/layout/find-records';
import { creations, destinations } from '@/app/navigation';
import { CommandProvider } from '@/components/command';
import { Avatar } from '@/components/avatar';
import { formatDate } from '@/lib/format';
import { onSessionExpired } from '@/lib/http';
import { setPreferences, useDark, usePhone, usePreferences } from '@/lib/preferences';
import { useRoleNames } from '@/lib/roles';
import { signOut, useCan, useSession } from '@/lib/session';
import { handleKey, useShortcut } from '@/lib/shortcuts';
import './shell.css';

const Palette = lazy(() => import('@/app/layout/palette'));
const ExpiredSignIn = lazy(() => import('@/app/layout/expired-sign-in'));
const PrivacyPolicy = lazy(() => import('@/app/layout/privacy-policy'));
const Notifications = lazy(() => import('@/app/layout/notifications').then((module) => ({ default: module.Notifications })));
const ShortcutList = lazy(() => import('@/app/layout/shortcut-list'));

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** A shortcut "g c" that goes to a module. */
const GoTo = ({ keys, to, label }: { keys: string; to: (typeof destinations)[number]['to']; label: string }) => {
  const navigate = useNavigate();
  useShortcut(keys, label, () => void navigate({ to }));
  return null;
};
const Create = ({ keys, to, label }: { keys: string; to: (typeof creations)[number]['to']; label: string }) => {
  const navigate = useNavigate();
  useShortcut(keys, label, () => void navigate({ to }));
  return null;
};

/** Frame of every signed-in screen. */
export const Shell = () => {
  const { t } = useTranslation();
  const session = useSession();
  const can = useCan();
  const router = useRouter();
  const navigate = useNavigate();
  const phone = usePhone();
  const dark = useDark();
  const { language, sidebarCollapsed } = usePreferences();
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [expired, setExpired] = useState(false);
  const [shortcutsOpen, setShortcutsOpen] = useState(false);

  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => rememberRecord(session.user.id, path), [session.user.id, path]);
  useEffect(() => onSessionExpired(() => setExpired(true)), []);
  useEffect(() => {
    window.addEventListener('keydown', handleKey);
    return () => window.removeEventListener('keydown', handleKey);
  }, []);
  useShortcut('mod+k', t('palette.open'), useCallback(() => setPaletteOpen(true), []));
  useShortcut('?', t('shortcuts.open'), useCallback(() => setShortcutsOpen(true), []));

  const leave = async () => {
    await signOut();
    await router.invalidate();
    await navigate({ to: '/sign-in' });
  };
  const roleNames = useRoleNames();
  const places = destinations.filter((place) => !place.right || can(place.right));
  const create = creations.filter((creation) => can(creation.right));

  const userMenu = {
    items: [
      { key: 'who', disabled: true, label: <span className="shell__who"><b>{session.user.displayName}</b><br />{roleNames(session.user.roles)} · {session.organisation.name}</span> },
      { type: 'divider' as const },
      { key: 'account', icon: <SafetyOutlined />, label: t('account') },
      { key: 'shortcuts', icon: <QuestionCircleOutlined />, label: t('shortcuts.open') },
      { key: 'access', icon: <ApiOutlined />, label: t('access') },
      { key: 'leave', icon: <LogoutOutlined />, label: t('signOut') },
    ],
    onClick: ({ key }: { key: string }) => { if (key === 'leave') void leave(); if (key === 'account') void navigate({ to: '/account' }); if (key === 'access') void navigate({ to: '/access' }); if (key === 'shortcuts') setShortcutsOpen(true); },
  };

  const links = (list: typeof places) => list.map((place) => (
    <li key={place.key}>
      <Tooltip title={sidebarCollapsed && !phone ? t(`nav.${place.key}`) : undefined} placement="right">
        <Link to={place.to} className="shell__link" activeOptions={{ exact: place.to === '/' }} activeProps={{ 'aria-current': 'page' }}>
          {place.icon}<span className="shell__link-text">{t(`nav.${place.key}`)}</span>
        </Link>
      </Tooltip>
    </li>
  ));

  return (
    <CommandProvider>
      <div className="shell" data-collapsed={sidebarCollapsed}>
        <a className="skip-link" href="#main">{t('skip')}</a>
        {phone ? null : (
          <nav className="shell__side" aria-label={t('nav.label')}>
            <Link to="/" className="shell__brand"><img src="/favicon.svg" alt="" width="24" height="24" /><span className="shell__link-text">{session.organisation.name}</span></Link>
            <ul>{links(places)}</ul>
            <Button
              type="text" className="shell__fold" icon={sidebarCollapsed ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
              aria-label={t(sidebarCollapsed ? 'nav.unfold' : 'nav.fold')} onClick={() => setPreferences({ sidebarCollapsed: !sidebarCollapsed })}
            />
          </nav>
        )}
        <header className="shell__top">
          {phone ? <Link to="/" className="shell__brand-small" aria-label={session.organisation.name}><img src="/favicon.svg" alt="" width="26" height="26" /></Link> : null}
          <button type="button" className="shell__search" onClick={() => setPaletteOpen(true)}>
            <SearchOutlined aria-hidden="true" /><span>{t('palette.placeholder')}</span><kbd>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
          </button>
          <div className="shell__tools">
            {create.length > 0 ? (
              <Dropdown trigger={['click']} menu={{ items: create.map((creation) => ({ key: creation.key, label: t(`create.${creation.key}`) })), onClick: ({ key }) => void navigate({ to: create.find((creation) => creation.key === key)?.to }) }}>
                <Button icon={<PlusOutlined />} aria-label={t('create.label')}>{phone ? null : <>{t('create.label')} <DownOutlined style={{ fontSize: 10 }} /></>}</Button>
              </Dropdown>
            ) : null}
            {can('users.view') ? <Suspense fallback={null}><Notifications /></Suspense> : null}
            <Dropdown
              trigger={['click']}
              menu={{ selectedKeys: [language], items: [{ key: 'zh-CN', label: <span lang="zh-CN">简体中文</span> }, { key: 'en', label: <span lang="en">English</span> }], onClick: ({ key }) => setPreferences({ language: key as 'zh-CN' | 'en' }) }}
            >
              <Button type="text" icon={<GlobalOutlined />} aria-label={t('language')} />
            </Dropdown>
            <Tooltip title={t(dark ? 'theme.toLight' : 'theme.toDark')}>
              <Button type="text" icon={dark ? <SunOutlined /> : <MoonOutlined />} aria-label={t(dark ? 'theme.toLight' : 'theme.toDark')} onClick={() => setPreferences({ theme: dark ? 'light' : 'dark' })} />
            </Tooltip>
            {phone ? null : (
              <Tooltip title={t('shortcuts.open')}><Button type="text" icon={<BulbOutlined />} aria-label={t('shortcuts.open')} onClick={() => setShortcutsOpen(true)} /></Tooltip>
            )}
            <Dropdown trigger={['click']} menu={userMenu} placement="bottomRight">
              <button type="button" className="shell__user" aria-label={t('userMenu', { name: session.user.displayName })}>
                <Avatar name={session.user.displayName} /><span>{session.user.displayName}</span>
              </button>
            </Dropdown>
          </div>
        </header>
        <main className="shell__main" id="main" tabIndex={-1}>
          {session.standsInFor.length > 0 ? (
            <p className="shell__standing-in" role="status">{t('absence.standing', { who: session.standsInFor.map((each) => t('absence.standingFor', { name: each.displayName ?? '…', until: formatDate(each.until, language, session.organisation.timeZone) })).join(t('comma')) })}</p>
          ) : null}
          <Suspense fallback={<div className="shell__waiting" aria-busy="true" />}><Outlet /></Suspense>
        </main>
        {phone ? <nav className="shell__bottom" aria-label={t('nav.label')}><ul>{links(places.filter((place) => place.phone))}</ul></nav> : null}
      </div>
      {places.map((place) => <GoTo key={place.key} keys={`g ${place.shortcut}`} to={place.to} label={t('shortcuts.goTo', { place: t(`nav.${place.key}`) })} />)}
      {create.filter((creation) => creation.shortcut).map((creation) => <Create key={creation.key} keys={creation.shortcut!} to={creation.to} label={t(`create.${creation.key}`)} />)}
      <Suspense fallback={null}>
        {paletteOpen ? <Palette onClose={() => setPaletteOpen(false)} places={places} creations={create} /> : null}
        {expired ? <ExpiredSignIn onDone={() => setExpired(false)} /> : null}
        {can('users.view') ? <PrivacyPolicy onLeave={() => void leave()} /> : null}
        {shortcutsOpen ? <ShortcutList onClose={() => setShortcutsOpen(false)} /> : null}
      </Suspense>
    </CommandProvider>
  );
};
