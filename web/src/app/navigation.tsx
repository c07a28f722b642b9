import { TeamOutlined } from '@ant-design/icons';
import type { LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** One entry per module that has a page; `shortcut` is the second key after "g". */
export interface Destination { key: string; to: LinkProps['to']; icon: ReactNode; right?: string; shortcut: string; phone: boolean }

export const destinations: Destination[] = [
  { key: 'customers', to: '/customers', icon: <TeamOutlined />, right: 'customers.view', shortcut: 'c', phone: true },
];

/** What "新建" offers; `to` opens the form. */
export interface Creation { key: string; to: LinkProps['to']; right: string; shortcut?: string }
export const creations: Creation[] = [];
