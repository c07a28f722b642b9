import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Account, SessionInfo, SignInEntry } from '@/lib/api-types';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen, session } from '@/test/render';
import { AccountPage } from './account';

const server = recordedServer();
const off: Account = { userName: 'sales', passwordChangedAt: '2026-05-01T02:00:00Z', secondFactorSince: null, secondFactorDemanded: false, recoveryCodesLeft: 0 };
const on: Account = { ...off, secondFactorSince: '2026-05-02T02:00:00Z', recoveryCodesLeft: 9 };
const here: SessionInfo = { id: 's-1', createdAt: '2026-05-03T02:00:00Z', lastSeenAt: '2026-05-03T02:30:00Z', address: '203.0.113.0/24', device: 'Chrome on Windows', secondFactor: false, current: true, way: null };
const there: SessionInfo = { ...here, id: 's-2', device: 'Safari · iPhone', current: false };
const failed: SignInEntry = { id: 'l-1', at: '2026-05-03T01:00:00Z', event: 'failed', reason: 'wrong_password', userId: 'u-1', userName: '张伟', address: '198.51.100.0/24', device: 'Firefox on Linux' };
const around = (account: Account) => [answers.get('account', account), answers.get('account/sessions', { data: [here, there] }), answers.get('account/sign-ins', page([failed])), answers.get('account/external-logins', { data: [], providers: [] }), answers.get('session', session)];
const dialog = (title: string) => waitFor(() => {
  const found = screen.getAllByRole('dialog').find((each) => each.textContent.includes(title));
  if (!found) throw new Error(`There is no dialog ${title}.`);
  return found;
});

describe('my account', () => {
  it('shows where I am signed in and what happened at the door, and ends a session', async () => {
    const ended: string[] = [];
    server.use(...around(off), answers.on('delete', 'account/sessions/s-2', (request) => { ended.push(new URL(request.url).pathname); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<AccountPage />, '/account');
    const sessions = await screen.findByRole('region', { name: '我的会话' });
    expect(await within(sessions).findByText('当前会话')).toBeTruthy();
    expect(await screen.findByText('登录失败 · 密码不对')).toBeTruthy();
    await userEvent.click(within(sessions).getByRole('button', { name: '结束会话：Safari · iPhone' }));
    // The question's own button has no name of a device.
    await userEvent.click(await screen.findByRole('button', { name: /^结 ?束$/ }));
    await waitFor(() => expect(ended).toEqual(['/api/v1/account/sessions/s-2']));
  });

  it('sets up a second factor: password, picture of the key, code, recovery codes', async () => {
    const sent: unknown[] = [];
    server.use(
      ...around(off),
      answers.on('post', 'account/second-factor', async (request) => { sent.push(await request.json()); return HttpResponse.json({ key: 'ABCDEFGHIJKLMNOP', uri: 'otpauth://totp/CRM:sales?secret=ABCDEFGHIJKLMNOP' }); }),
      answers.on('post', 'account/second-factor/confirm', async (request) => { sent.push(await request.json()); return HttpResponse.json({ codes: ['AAAAA-11111', 'BBBBB-22222'] }); }),
    );
    await renderScreen(<AccountPage />, '/account');
    await userEvent.click(await screen.findByRole('button', { name: '设置两步验证' }));
    const first = await dialog('设置两步验证');
    await userEvent.type(within(first).getByLabelText('密码'), 'Correct-horse-7');
    await userEvent.click(within(first).getByRole('button', { name: '下一步' }));
    expect(await within(first).findByText('ABCD EFGH IJKL MNOP')).toBeTruthy();
    expect(first.querySelector('svg path')).toBeTruthy();
    await userEvent.type(within(first).getByLabelText('应用上显示的验证码'), '123456');
    await userEvent.click(within(first).getByRole('button', { name: /^开 ?启$/ }));
    const codes = await dialog('恢复码');
    expect(within(codes).getByText('AAAAA-11111')).toBeTruthy();
    expect(sent).toEqual([{ password: 'Correct-horse-7' }, { otp: '123456' }]);
  });

  it('asks for both factors before it is switched off, and says why it is refused', async () => {
    server.use(...around(on), answers.on('post', 'account/second-factor/disable', () => answers.problem(403, { code: 'otp_invalid', detail: '验证码不对，或者已经用过。' })));
    await renderScreen(<AccountPage />, '/account');
    await userEvent.click(await screen.findByRole('button', { name: '关闭两步验证' }));
    const proof = await dialog('关闭后只凭密码就能登录');
    await userEvent.type(within(proof).getByLabelText('密码'), 'Correct-horse-7');
    await userEvent.type(within(proof).getByLabelText('验证码'), '123456');
    await userEvent.click(within(proof).getByRole('button', { name: '关闭两步验证' }));
    expect(await within(proof).findByText('验证码不对，或者已经用过。')).toBeTruthy();
  });

  it('cannot be switched off where the role demands it', async () => {
    server.use(...around({ ...on, secondFactorDemanded: true }));
    await renderScreen(<AccountPage />, '/account');
    expect(await screen.findByRole('button', { name: '更换恢复码' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: '关闭两步验证' })).toBeNull();
  });
});
