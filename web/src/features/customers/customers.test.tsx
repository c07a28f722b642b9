import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';
import { CreateCustomerPage } from './create-customer';
import { CustomerListPage } from './customer-list';
import { CustomerDetails } from './customer-details';
import { customerListParams, customerListState } from './list-state';

const server = recordedServer();
const customer = {
  id: 'c-1', version: 4, kind: 'company' as const, name: '上海远景智能科技有限公司', lifecycle: 'intent' as const, tier: 'A' as const, tags: ['高价值客户'], phone: '13800131000',
  ownerId: 'u-1', ownerName: '张伟', createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z',
  externalKeys: {}, contacts: [], consents: [], shares: [], followUpCount: 0, completeness: 0.5, inPool: false, archived: false, deleted: false, erased: false, custom: {}, merges: [], notDuplicates: [], phoneInvalid: false, emailInvalid: false,
};
const jobs = answers.get('customers/bulk', { data: [] });
const people = answers.get('users', page([{ id: 'u-1', version: 1, userName: 'sales', displayName: '张伟', role: 'sales', canSignIn: true, active: true }]));

describe('the filter state of the customer list', () => {
  it('becomes the filter, the search and the order of the API', () => {
    const state = customerListState.parse({ q: '远景', lifecycle: ['intent', 'won'], owner: 'me', tag: ['高价值客户'], due: 'overdue', sort: 'name' });
    expect(customerListParams(state, 'u-1')).toEqual({
      q: '远景', filter: '(lifecycle = "intent" OR lifecycle = "won") AND ownerId = "u-1" AND tags:"高价值客户" AND dueAt < now', sort: 'name',
    });
  });
  it('ignores what does not belong into an address', () => {
    expect(customerListParams(customerListState.parse({ lifecycle: ['hacked'], sort: 'name; drop', due: 1 }), 'u-1')).toEqual({ q: undefined, filter: undefined, sort: '-updatedAt' });
  });
});

describe('the customer list', () => {
  it('is what the address says', async () => {
    let asked = '';
    server.use(people, jobs, answers.on('get', 'customers', (request) => { asked = new URL(request.url).searchParams.get('filter') ?? ''; return HttpResponse.json(page([customer])); }));
    await renderScreen(<CustomerListPage />, '/customers?lifecycle=["intent"]');
    expect(await screen.findByRole('link', { name: customer.name })).toBeTruthy();
    expect(asked).toBe('lifecycle = "intent"');
    expect(screen.getByRole('table', { name: '客户列表' })).toBeTruthy();
  });

  it('sends a phone number in the body and keeps it out of the address', async () => {
    let body: unknown;
    server.use(people, jobs, answers.get('customers', page([])), answers.on('post', 'customers/search', async (request) => { body = await request.json(); return HttpResponse.json(page([customer])); }));
    const { history } = await renderScreen(<CustomerListPage />, '/customers');
    await userEvent.type(await screen.findByRole('searchbox', { name: '搜索客户' }), '13800131000');
    expect(await screen.findByRole('link', { name: customer.name })).toBeTruthy();
    expect(body).toMatchObject({ q: '13800131000' });
    expect(history.location.href).not.toContain('1380');
  });
});

describe('a new customer', () => {
  it('shows likely duplicates while typing, asks on 409, and creates anyway when told to', async () => {
    const candidate = { id: 'c-9', name: '上海远景科技', reasons: ['name', 'phone'], score: 0.92 };
    const created: { allowed: string | null; body: unknown }[] = [];
    server.use(people, answers.get('customers', page([])), answers.on('post', 'customers/duplicates', () => HttpResponse.json({ data: [candidate] })),
      answers.on('post', 'customers', async (request) => {
        created.push({ allowed: request.headers.get('X-Allow-Duplicate'), body: await request.json() });
        return created.length === 1 ? answers.problem(409, { code: 'duplicate', title: '可能重复', candidates: [candidate] }) : HttpResponse.json(customer, { status: 201 });
      }));
    const { history } = await renderScreen(<CreateCustomerPage />, '/customers/new');
    await userEvent.type(await screen.findByLabelText(/公司名称/), '上海远景');
    expect(await screen.findByRole('link', { name: candidate.name })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '创建客户' }));
    expect(await screen.findByRole('dialog', { name: /可能已经有这个客户/ })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '仍然创建' }));
    await waitFor(() => expect(history.location.pathname).toBe('/customers/c-1'));
    expect(created.map((each) => each.allowed)).toEqual([null, 'true']);
    expect(created[1]!.body).toMatchObject({ name: '上海远景', kind: 'company' });
  });

  it('keeps what was typed through a reload', async () => {
    server.use(people, answers.get('customers', page([])), answers.on('post', 'customers/duplicates', () => HttpResponse.json({ data: [] })));
    const first = await renderScreen(<CreateCustomerPage />, '/customers/new');
    await userEvent.type(await screen.findByLabelText(/公司名称/), '北京星图');
    first.unmount();
    await renderScreen(<CreateCustomerPage />, '/customers/new');
    expect(await screen.findByDisplayValue('北京星图')).toBeTruthy();
    expect(screen.getByText('已恢复上次未提交的内容')).toBeTruthy();
  });
});

describe('a field edited in place', () => {
  it('shows what somebody else changed and applies the change on top when asked to', async () => {
    const sent: (string | null)[] = [];
    server.use(people, answers.on('patch', 'customers/c-1', async (request) => {
      sent.push(request.headers.get('If-Match'));
      return sent.length === 1
        ? answers.problem(412, { code: 'stale_version', title: '版本已过期', conflicts: [{ sequence: 9, version: 5, type: 'customer_details_changed', at: '2026-05-02T02:00:00Z', actorName: '李娜', changes: [{ field: 'phone', before: '13800131000', after: '13700001234' }] }] })
        : HttpResponse.json({ ...customer, version: 6 });
    }));
    await renderScreen(<CustomerDetails customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '编辑电话' }));
    const input = await screen.findByRole('textbox', { name: '电话' });
    await userEvent.clear(input);
    await userEvent.type(input, '13900009999{Enter}');
    const dialog = await screen.findByRole('dialog', { name: '其他人刚刚修改了同一条记录' });
    expect(dialog.textContent).toContain('李娜');
    expect(dialog.textContent).toContain('13700001234');
    await userEvent.click(screen.getByRole('button', { name: '重新应用我的修改' }));
    await waitFor(() => expect(screen.queryByRole('textbox', { name: '电话' })).toBeNull());
    expect(sent).toEqual(['"4"', null]);
  });
});
