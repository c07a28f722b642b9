import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { App, ConfigProvider } from 'antd';
import type { ReactNode } from 'react';
import { CommandProvider } from '@/components/command';
import type { Session } from '@/lib/api-types';
import { startTexts } from '@/lib/i18n';
import { queryClient } from '@/lib/query-client';
import { sessionKey } from '@/lib/session';

const rights = ['customers', 'opportunities', 'products', 'tickets', 'users', 'imports', 'reports', 'pipelines', 'departments', 'roles', 'teams', 'tasks'].flatMap((resource) => ['view', 'create', 'change', 'delete'].map((verb) => `${resource}.${verb}`)).concat('operations.view', 'operations.change', 'customers.assign', 'opportunities.assign', 'opportunities.close', 'tickets.assign', 'tickets.close', 'audit.view', 'customers.reveal', 'customers.erase');
export const session: Session = {
  user: { id: 'u-1', userName: 'sales', displayName: '张伟', role: 'sales', roles: ['sales'], departmentId: null }, rights, csrfToken: 'token', demo: false, grants: [], fields: [], secondFactorDemanded: false, standsInFor: [],
  organisation: { name: '远景', timeZone: 'Asia/Shanghai', currency: 'CNY', language: 'zh-CN' },
};

/** Renders a screen at an address, signed in, in Chinese. */
export const renderScreen = async (screen: ReactNode, address = '/') => {
  await startTexts();
  queryClient.clear();
  queryClient.setDefaultOptions({ queries: { retry: false } });
  queryClient.setQueryData(sessionKey, session);
  const root = createRootRoute({ component: Outlet });
  const any = createRoute({ getParentRoute: () => root, path: '$', component: () => <>{screen}</> });
  const home = createRoute({ getParentRoute: () => root, path: '/', component: () => <>{screen}</> });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createRouter({ routeTree: root.addChildren([home, any]), history });
  const view = render(
    <QueryClientProvider client={queryClient}>
      <ConfigProvider theme={{ token: { motion: false } }}>
        <App><CommandProvider><RouterProvider router={router as never} /></CommandProvider></App>
      </ConfigProvider>
    </QueryClientProvider>,
  );
  return { ...view, router, history };
};
