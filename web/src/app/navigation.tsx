import { AuditOutlined, CalendarOutlined, CustomerServiceOutlined, DashboardOutlined, ExportOutlined, FunnelPlotOutlined, HomeOutlined, ImportOutlined, ProjectOutlined, SettingOutlined, TeamOutlined } from '@ant-design/icons';
import type { LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** One entry per module that has a page; `shortcut` is the second key after "g". `phone`: stands in the bottom navigation. */
export interface Destination { key: string; to: LinkProps['to']; icon: ReactNode; right?: string; shortcut: string; phone: boolean }

export const destinations: Destination[] = [
  { key: 'home', to: '/', icon: <HomeOutlined />, shortcut: 'h', phone: true },
  { key: 'myDay', to: '/my-day', icon: <CalendarOutlined />, right: 'customers.view', shortcut: 'd', phone: false },
  { key: 'customers', to: '/customers', icon: <TeamOutlined />, right: 'customers.view', shortcut: 'c', phone: true },
  { key: 'opportunities', to: '/opportunities', icon: <ProjectOutlined />, right: 'opportunities.view', shortcut: 'o', phone: true },
  { key: 'tickets', to: '/tickets', icon: <CustomerServiceOutlined />, right: 'tickets.view', shortcut: 't', phone: true },
  { key: 'analytics', to: '/reports', icon: <FunnelPlotOutlined />, right: 'reports.view', shortcut: 'a', phone: true },
  { key: 'imports', to: '/imports', icon: <ImportOutlined />, right: 'imports.view', shortcut: 'i', phone: false },
  { key: 'exports', to: '/exports', icon: <ExportOutlined />, right: 'exports.view', shortcut: 'e', phone: false },
  { key: 'audit', to: '/audit', icon: <AuditOutlined />, right: 'audit.view', shortcut: 'l', phone: false },
  { key: 'settings', to: '/settings', icon: <SettingOutlined />, right: 'users.view', shortcut: 's', phone: false },
  { key: 'operations', to: '/operations', icon: <DashboardOutlined />, right: 'operations.view', shortcut: 'p', phone: false },
];

/** What the "new" menu offers; `to` opens the form. */
export interface Creation { key: string; to: LinkProps['to']; right: string; shortcut?: string }
export const creations: Creation[] = [
  { key: 'customer', to: '/customers/new', right: 'customers.create', shortcut: 'n c' },
  { key: 'opportunity', to: '/opportunities/new', right: 'opportunities.create', shortcut: 'n o' },
  { key: 'ticket', to: '/tickets/new', right: 'tickets.create', shortcut: 'n t' },
];
