import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { Teams } from './teams';

const server = recordedServer();
const person = (id: string, displayName: string) => ({ id, version: 1, userName: id, displayName, role: 'sales', roles: ['sales'], canSignIn: true, active: true, removed: false, delegations: [] });

describe('teams', () => {
  it('are listed with their leaders, and a member becomes one', async () => {
    let sent: unknown;
    server.use(
      answers.get('users', page([person('u-8', '李晓燕'), person('u-9', '王五')])),
      answers.get('teams', page([{ id: 't-1', version: 3, name: '大客户组', members: [{ userId: 'u-8', leads: true }, { userId: 'u-9', leads: false }] }])),
      answers.on('post', 'teams/t-1/members', async (request) => { sent = await request.json(); return HttpResponse.json({ id: 't-1' }); }));
    await renderScreen(<Teams />);
    await userEvent.click(await screen.findByRole('button', { name: '编辑团队 大客户组' }));
    const dialog = await screen.findByRole('dialog');
    expect((await within(dialog).findByRole<HTMLInputElement>('checkbox', { name: '李晓燕是负责人' })).checked).toBe(true);
    await userEvent.click(within(dialog).getByRole('checkbox', { name: '王五是负责人' }));
    await waitFor(() => expect(sent).toEqual({ userId: 'u-9', leads: true }));
  });
});
