import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Failure, NotFound } from '@/app/layout/failure';
import { loadSession } from '@/lib/session';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failure });

/** Everything that needs a signed-in user hangs below this route. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    if (!(await loadSession())) throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href }, replace: true });
  },
  component: lazyRouteComponent(() => import('@/app/layout/shell'), 'Shell'),
});

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const signIn = createRoute({
  getParentRoute: () => root, path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: text(search.next) }),
  component: lazyRouteComponent(() => import('@/features/session/sign-in'), 'SignInPage'),
});
const setPassword = createRoute({
  getParentRoute: () => root, path: '/set-password',
  validateSearch: (search: Record<string, unknown>): { token?: string } => ({ token: text(search.token) }),
  component: lazyRouteComponent(() => import('@/features/session/set-password'), 'SetPasswordPage'),
});

const home = createRoute({
  getParentRoute: () => shell, path: '/',
  beforeLoad: () => { throw redirect({ to: '/customers', replace: true }); },
});
const customers = createRoute({
  getParentRoute: () => shell, path: '/customers',
  component: lazyRouteComponent(() => import('@/features/customers/customer-list'), 'CustomerListPage'),
});

const routeTree = root.addChildren([signIn, setPassword, shell.addChildren([home, customers])]);

export const router = createRouter({ routeTree, defaultPreload: 'intent', defaultPreloadStaleTime: 0, scrollRestoration: true, defaultPendingMinMs: 0 });

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
