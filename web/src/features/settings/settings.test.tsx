import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Department, Role } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { SettingsPage } from './settings';
import { asTree, subtree } from './department-tree';

const server = recordedServer();
const department = (id: string, name: string, parentId: string | null = null, memberCount = 0): Department => ({
  id, name, parentId, parentName: parentId ? '销售部' : null, memberCount, version: 1, createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-01-05T02:00:00Z', deleted: false,
});
const sales = department('d-1', '销售部', null, 2);
const east = department('d-2', '东区', 'd-1', 5);
const service = department('d-3', '客服部');
const manager: Role = { id: null, version: 0, code: 'manager', name: '销售经理', builtIn: true, memberCount: 1, grants: [{ right: 'customers.view', scope: 'departmentAndBelow' }], fields: [] };
const presales: Role = { id: 'r-1', version: 3, code: 'presales', name: '售前', builtIn: false, memberCount: 0, grants: [{ right: 'customers.view', scope: 'own' }], fields: [{ resource: 'customers', field: 'phone', level: 'masked' }] };
const catalogue = {
  rights: [{ right: 'customers.view', scoped: true }, { right: 'customers.change', scoped: true }, { right: 'products.view', scoped: false }],
  fields: [{ resource: 'customers', field: 'phone' }, { resource: 'customers', field: 'contacts.phone' }],
};
const roles = [answers.get('roles', { data: [manager, presales], page: { next: null, hasMore: false } }), answers.get('roles/catalogue', catalogue)];

/** Chooses an entry of a select by its words. */
const choose = async (select: HTMLElement, words: string) => {
  await userEvent.click(select);
  await userEvent.click((await screen.findAllByText(words)).find((each) => each.closest('.ant-select-dropdown'))!);
};

describe('departments', () => {
  it('stand in the order of their trees', () => {
    expect(asTree([service, east, sales]).map(({ department: { name }, depth }) => `${depth}${name}`)).toEqual(['0客服部', '0销售部', '1东区']);
    expect([...subtree([service, east, sales], 'd-1')].sort()).toEqual(['d-1', 'd-2']);
  });
  it('that close a ring are still shown once', () => {
    const ring = [department('a', '甲', 'b'), department('b', '乙', 'a'), department('c', '丙')];
    expect(asTree(ring).map(({ department: { id } }) => id)).toEqual(['c']);
    expect([...subtree(ring, 'a')].sort()).toEqual(['a', 'b']);
  });
  it('are added below another one', async () => {
    let sent: unknown;
    server.use(answers.get('departments', page([sales, east, service])), answers.on('post', 'departments', async (request) => { sent = await request.json(); return HttpResponse.json(department('d-4', '西区', 'd-1'), { status: 201 }); }));
    await renderScreen(<SettingsPage />, '/settings?tab=departments');
    await userEvent.click(await screen.findByRole('button', { name: '在 销售部 下新建部门' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByRole('textbox', { name: '名称' }), '西区');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toEqual({ name: '西区', parentId: 'd-1' }));
  });
});

describe('roles', () => {
  it('that are built in can be looked at and copied, not changed', async () => {
    server.use(...roles);
    await renderScreen(<SettingsPage />, '/settings?tab=roles');
    expect(await screen.findByRole('button', { name: '复制角色 销售经理' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: '删除角色 销售经理' })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: '查看角色 销售经理' }));
    const dialog = await screen.findByRole('dialog');
    expect((await within(dialog).findByRole('group', { name: '产品' })).querySelector('input')!.disabled).toBe(true);
    expect(within(dialog).queryByRole('button', { name: /保\s*存/ })).toBeNull();
  });

  it('grant what is chosen, and what it takes to see it', async () => {
    let sent: { grants: unknown[]; fields: unknown[] } | undefined;
    server.use(...roles, answers.on('patch', 'roles/r-1', async (request) => { sent = (await request.json()) as typeof sent; return HttpResponse.json(presales); }));
    await renderScreen(<SettingsPage />, '/settings?tab=roles');
    await userEvent.click(await screen.findByRole('button', { name: '编辑角色 售前' }));
    const dialog = await screen.findByRole('dialog');
    await choose(await within(dialog).findByRole('combobox', { name: '客户 · 修改' }), '本部门');
    await userEvent.click(within(dialog).getByRole('checkbox', { name: '产品 · 查看' }));
    await choose(within(dialog).getByRole('combobox', { name: '客户 · 联系人电话' }), '隐藏');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toBeDefined());
    expect(sent!.grants).toEqual([{ right: 'customers.view', scope: 'own' }, { right: 'customers.change', scope: 'department' }, { right: 'products.view', scope: 'all' }]);
    expect(sent!.fields).toEqual([{ resource: 'customers', field: 'phone', level: 'masked' }, { resource: 'customers', field: 'contacts.phone', level: 'hidden' }]);
  });
});
