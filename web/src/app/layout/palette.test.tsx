import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';
import Palette from '@/app/layout/palette';
import { rememberRecord } from '@/app/layout/find-records';
import type { SearchHit } from '@/lib/api-types';
import { readDraft } from '@/lib/drafts';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';

const server = recordedServer();
const id = '0199aaaa-0000-7000-8000-000000000001';
const hit = (values: Partial<SearchHit>): SearchHit => ({ type: 'customers', id, title: '杭州银杏软件有限公司', subtitle: '张伟', score: 0.8, similar: false, archived: false, ...values });
const open = () => renderScreen(<Palette onClose={() => undefined} places={[]} creations={[]} />);
const options = () => screen.getAllByRole('option').map((option) => option.textContent);

describe('palette', () => {
  // The test's document has no dialogs.
  beforeEach(() => { localStorage.clear(); sessionStorage.clear(); HTMLDialogElement.prototype.showModal = function showModal() { this.open = true; }; });

  it('shows groups with what was found of each and why, and opens one by the keyboard', async () => {
    server.use(answers.get('search', { groups: [
      { type: 'customers', hasMore: true, hits: [hit({ matched: { field: 'contacts.name', by: 'exact', value: '王芳', at: 0, length: 2, of: null } }), hit({ id: id.replace(/1$/, '2'), title: '王方贸易', similar: true, archived: true, matched: { field: 'name', by: 'similar', value: '王方贸易', at: 0, length: 2, of: null } })] },
      { type: 'tickets', hasMore: false, hits: [hit({ type: 'tickets', id: id.replace(/1$/, '3'), title: '无法登录', subtitle: 'T-7' })] },
    ] }));
    const { history } = await open();
    await userEvent.type(await screen.findByRole('combobox'), '王芳');
    await screen.findByText('杭州银杏软件有限公司');
    expect(options()).toEqual(['杭州银杏软件有限公司联系人 王芳', '王方贸易张伟相近已归档', '在客户列表中查看全部结果', '无法登录T-7']);
    expect(screen.getByText('王芳').tagName).toBe('MARK');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    expect(history.location.href).toBe(`/customers?q=${encodeURIComponent('王芳')}`);
  });

  it('keeps a telephone number out of every address', async () => {
    let body: unknown;
    server.use(answers.on('post', 'search', async (request) => { body = await request.json(); return HttpResponse.json({ groups: [{ type: 'customers', hasMore: true, hits: [hit({ matched: { field: 'contacts.phone', by: 'contains', value: '139****0055', at: 7, length: 4, of: '王芳' } })] }] }); }));
    const { history } = await open();
    await userEvent.type(await screen.findByRole('combobox'), '0055');
    await waitFor(() => expect(options()[0]).toBe('杭州银杏软件有限公司联系人 王芳 139****0055'));
    expect(body).toEqual({ q: '0055' });
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(history.location.href).toBe('/customers');
    expect(history.location.state).toMatchObject({ hidden: { q: '0055' } });
  });

  it('offers to register what was not found, by the draft of the form', async () => {
    server.use(answers.get('search', { groups: [] }));
    const { history } = await open();
    await userEvent.type(await screen.findByRole('combobox'), '新客户甲');
    await screen.findByText('新建客户“新客户甲”');
    screen.getByText(/没有匹配的记录/);
    await userEvent.keyboard('{Enter}');
    expect(history.location.href).toBe('/customers/new');
    expect(readDraft('customers.new.u-1')).toEqual({ name: '新客户甲' });
  });

  it('begins with the records opened last, as they are called now', async () => {
    rememberRecord('u-1', `/customers/${id}`);
    rememberRecord('u-1', '/customers/new');
    server.use(answers.get('customers', page([{ id, name: '改名以后', ownerName: '张伟' }])));
    await open();
    await waitFor(() => expect(options()).toEqual(['改名以后张伟']));
    expect(localStorage.getItem('crm.recent.u-1')).not.toContain('改名');
  });
});
