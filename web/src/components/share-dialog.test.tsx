import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { ShareButton } from './share-dialog';

const server = recordedServer();
const people = [
  answers.get('users', page([{ id: 'u-2', version: 1, userName: 'bob', displayName: '王五', role: 'sales', roles: ['sales'], canSignIn: true, active: true }])),
  answers.get('departments', page([{ id: 'd-1', version: 1, name: '东区', parentId: null, memberCount: 3 }])),
];
const shares = [{ id: 's-1', userId: 'u-2', departmentId: null, level: 'read' as const }];

describe('sharing a record', () => {
  it('tells with whom, and takes a share back', async () => {
    let gone = false;
    server.use(...people, answers.on('delete', 'customers/c-1/shares/s-1', () => { gone = true; return HttpResponse.json({ id: 'c-1' }); }));
    await renderScreen(<ShareButton resource="customers" id="c-1" shares={shares} editable />);
    await userEvent.click(await screen.findByRole('button', { name: '共享：已共享给 1 个对象' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('王五 · 查看')).toBeTruthy();
    await userEvent.click(within(dialog).getByRole('button', { name: '收回 王五 的共享' }));
    await waitFor(() => expect(gone).toBe(true));
  });

  it('opens it to a department', async () => {
    let sent: unknown;
    server.use(...people, answers.on('post', 'tickets/t-1/share', async (request) => { sent = await request.json(); return HttpResponse.json({ id: 't-1' }); }));
    await renderScreen(<ShareButton resource="tickets" id="t-1" shares={[]} editable />);
    await userEvent.click(await screen.findByRole('button', { name: '共享：已共享给 0 个对象' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('radio', { name: '部门（含下级）' }));
    await userEvent.click(within(dialog).getByRole('combobox', { name: '部门（含下级）' }));
    await userEvent.click((await screen.findAllByText('东区')).find((each) => each.closest('.ant-select-dropdown'))!);
    await userEvent.click(within(dialog).getByRole('radio', { name: '查看和修改' }));
    await userEvent.click(within(dialog).getByRole('button', { name: /共\s*享/ }));
    await waitFor(() => expect(sent).toEqual({ departmentId: 'd-1', level: 'change' }));
  });

  it('is shown to who may not, and not at all where there is nothing', async () => {
    server.use(...people);
    const { unmount } = await renderScreen(<ShareButton resource="customers" id="c-1" shares={[]} editable={false} />);
    expect(screen.queryByRole('button')).toBeNull();
    unmount();
    await renderScreen(<ShareButton resource="customers" id="c-1" shares={shares} editable={false} />);
    await userEvent.click(await screen.findByRole('button', { name: '共享：已共享给 1 个对象' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).queryByRole('combobox')).toBeNull();
    expect(within(dialog).queryByRole('button', { name: /收回/ })).toBeNull();
  });
});
