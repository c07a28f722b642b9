import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Failure, NotFound } from '@/app/layout/failure';
import { RecordOutline } from '@/components/record-outline';
import { loadTexts } from '@/lib/i18n';
import { loadSession } from '@/lib/session';

/** A screen together with its texts: both are fetched at once, not one after the other. */
const withTexts = async <T,>(feature: string, screen: Promise<T>): Promise<T> => (await Promise.all([screen, loadTexts(feature)]))[0];

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failure });

/** A record shows its outline at once, also while its script is on the way. */
const record = { pendingMs: 0, pendingComponent: RecordOutline };

/** Everything that needs a signed-in user hangs below this route. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    const session = await loadSession();
    if (!session) throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href }, replace: true });
    if (session.secondFactorDemanded && location.pathname !== '/account') throw redirect({ to: '/account', replace: true });
  },
  component: lazyRouteComponent(() => import('@/app/layout/shell'), 'Shell'),
});

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const signIn = createRoute({
  getParentRoute: () => root, path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; external?: string; problem?: string; provider?: string } =>
    ({ next: text(search.next), external: text(search.external), problem: text(search.problem), provider: text(search.provider) }),
  component: lazyRouteComponent(() => withTexts('session', import('@/features/session/sign-in')), 'SignInPage'),
});
const setPassword = createRoute({
  getParentRoute: () => root, path: '/set-password',
  component: lazyRouteComponent(() => withTexts('session', import('@/features/session/set-password')), 'SetPasswordPage'),
});

const authorize = createRoute({
  getParentRoute: () => root, path: '/authorize',
  validateSearch: (search: Record<string, unknown>): { request?: string; error?: string } => ({ request: text(search.request), error: text(search.error) }),
  beforeLoad: async ({ search, location }) => {
    if (!search.error && !(await loadSession())) throw redirect({ to: '/sign-in', search: { next: location.href }, replace: true });
  },
  component: lazyRouteComponent(() => withTexts('authorize', import('@/features/authorize/authorize')), 'AuthorizeScreen'),
});
const endSession = createRoute({
  getParentRoute: () => root, path: '/end-session',
  validateSearch: (search: Record<string, unknown>): { request?: string } => ({ request: text(search.request) }),
  component: lazyRouteComponent(() => withTexts('authorize', import('@/features/authorize/end-session')), 'EndSessionPage'),
});
const forgottenPassword = createRoute({
  getParentRoute: () => root, path: '/forgotten-password',
  component: lazyRouteComponent(() => withTexts('session', import('@/features/session/forgotten-password')), 'ForgottenPasswordPage'),
});

const home = createRoute({
  getParentRoute: () => shell, path: '/',
  component: lazyRouteComponent(() => import('@/features/home/home'), 'HomePage'),
});
const myDay = createRoute({
  getParentRoute: () => shell, path: '/my-day',
  component: lazyRouteComponent(() => withTexts('my-day', import('@/features/my-day/my-day')), 'MyDayPage'),
});
const customers = createRoute({
  getParentRoute: () => shell, path: '/customers',
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/customer-list')), 'CustomerListPage'),
});

const newCustomer = createRoute({
  getParentRoute: () => shell, path: '/customers/new',
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/create-customer')), 'CreateCustomerPage'),
});
const duplicates = createRoute({
  getParentRoute: () => shell, path: '/customers/duplicates',
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/duplicate-queue')), 'DuplicatesPage'),
});
const cleaning = createRoute({
  getParentRoute: () => shell, path: '/customers/cleaning',
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/cleaning')), 'CleaningPage'),
});
const pool = createRoute({
  getParentRoute: () => shell, path: '/pool',
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/pool')), 'PoolPage'),
});
const completeness = createRoute({
  getParentRoute: () => shell, path: '/customers/completeness',
  component: lazyRouteComponent(() => withTexts('completeness', import('@/features/completeness/completeness')), 'CompletenessPage'),
});
const customer = createRoute({
  getParentRoute: () => shell, path: '/customers/$id', ...record, remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/customer-record')), 'CustomerRecordPage'),
});
const erasures = createRoute({
  getParentRoute: () => shell, path: '/customers/$id/erasures', remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/personal-papers')), 'ErasuresPage'),
});
const dataSubjectReport = createRoute({
  getParentRoute: () => shell, path: '/customers/$id/report', remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => withTexts('customers', import('@/features/customers/personal-papers')), 'DataSubjectReportPage'),
});
const tickets = createRoute({
  getParentRoute: () => shell, path: '/tickets',
  component: lazyRouteComponent(() => withTexts('tickets', import('@/features/tickets/ticket-list')), 'TicketListPage'),
});
const newTicket = createRoute({
  getParentRoute: () => shell, path: '/tickets/new',
  component: lazyRouteComponent(() => withTexts('tickets', import('@/features/tickets/create-ticket')), 'CreateTicketPage'),
});
const ticket = createRoute({
  getParentRoute: () => shell, path: '/tickets/$id', ...record, remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => withTexts('tickets', import('@/features/tickets/ticket-record')), 'TicketRecordPage'),
});
const board = createRoute({
  getParentRoute: () => shell, path: '/opportunities',
  component: lazyRouteComponent(() => import('@/features/opportunities/board'), 'BoardPage'),
});
const opportunityList = createRoute({
  getParentRoute: () => shell, path: '/opportunities/list',
  component: lazyRouteComponent(() => import('@/features/opportunities/opportunity-list'), 'OpportunityListPage'),
});
const newOpportunity = createRoute({
  getParentRoute: () => shell, path: '/opportunities/new',
  component: lazyRouteComponent(() => import('@/features/opportunities/create-opportunity'), 'CreateOpportunityPage'),
});
const opportunity = createRoute({
  getParentRoute: () => shell, path: '/opportunities/$id', ...record, remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('@/features/opportunities/opportunity-record'), 'OpportunityRecordPage'),
});
const imports = createRoute({
  getParentRoute: () => shell, path: '/imports',
  component: lazyRouteComponent(() => import('@/features/imports/import-list'), 'ImportListPage'),
});
const importJob = createRoute({
  getParentRoute: () => shell, path: '/imports/$id', remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('@/features/imports/import-page'), 'ImportPage'),
});
const exports = createRoute({
  getParentRoute: () => shell, path: '/exports',
  component: lazyRouteComponent(() => withTexts('exports', import('@/features/exports/exports')), 'ExportsPage'),
});
const reports = createRoute({
  getParentRoute: () => shell, path: '/reports',
  component: lazyRouteComponent(() => import('@/features/reports/reports'), 'ReportsPage'),
});
const reportRows = createRoute({
  getParentRoute: () => shell, path: '/reports/rows',
  component: lazyRouteComponent(() => import('@/features/reports/report-rows'), 'ReportRowsPage'),
});
const settings = createRoute({
  getParentRoute: () => shell, path: '/settings',
  component: lazyRouteComponent(() => withTexts('settings', import('@/features/settings/settings')), 'SettingsPage'),
});
const access = createRoute({
  getParentRoute: () => shell, path: '/access',
  component: lazyRouteComponent(() => withTexts('access', import('@/features/access/access')), 'AccessPage'),
});
const account = createRoute({
  getParentRoute: () => shell, path: '/account',
  validateSearch: (search: Record<string, unknown>): { external?: string; problem?: string; provider?: string } => ({ external: text(search.external), problem: text(search.problem), provider: text(search.provider) }),
  component: lazyRouteComponent(() => withTexts('account', import('@/features/account/account')), 'AccountPage'),
});
const operations = createRoute({
  getParentRoute: () => shell, path: '/operations',
  component: lazyRouteComponent(() => withTexts('operations', import('@/features/operations/operations')), 'OperationsPage'),
});
const audit = createRoute({
  getParentRoute: () => shell, path: '/audit',
  component: lazyRouteComponent(() => withTexts('audit', import('@/features/audit/audit')), 'AuditPage'),
});
const publicForm = createRoute({
  getParentRoute: () => root, path: '/form',
  component: lazyRouteComponent(() => withTexts('public-form', import('@/features/public-form/public-form')), 'PublicFormPage'),
});
const publicTicket = createRoute({
  getParentRoute: () => root, path: '/form/$token',
  component: lazyRouteComponent(() => withTexts('public-form', import('@/features/public-form/public-ticket')), 'PublicTicketPage'),
});

const routeTree = root.addChildren([
  signIn, setPassword, forgottenPassword, publicForm, publicTicket, authorize, endSession,
  shell.addChildren([home, myDay, customers, newCustomer, duplicates, cleaning, pool, completeness, customer, erasures, dataSubjectReport, board, opportunityList, newOpportunity, opportunity, tickets, newTicket, ticket, reports, reportRows, imports, importJob, exports, settings, account, operations, audit, access]),
]);

export const router = createRouter({ routeTree, defaultPreload: 'intent', defaultPreloadStaleTime: 0, scrollRestoration: true, defaultPendingMinMs: 0 });

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
