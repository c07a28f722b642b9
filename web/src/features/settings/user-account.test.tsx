import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { User, UserAccount as Account } from '@/lib/api-types';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen, session } from '@/test/render';
import { SettingsPage } from './settings';
import UserAccount from './user-account';

const server = recordedServer();
const user: User = {
  id: 'u-9', version: 3, createdAt: '2026-05-01T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z',
  userName: 'li', displayName: '李晓燕', role: 'sales', roles: ['sales'], canSignIn: true, active: true, removed: false, delegations: [],
};
const account: Account = {
  hasPassword: true, passwordChangedAt: '2026-05-01T02:00:00Z', secondFactorSince: '2026-05-02T02:00:00Z', lockedUntil: null,
  sessions: [{ id: 's-1', createdAt: '2026-05-03T02:00:00Z', lastSeenAt: '2026-05-03T02:30:00Z', address: '203.0.113.0/24', device: 'Chrome on Windows', secondFactor: true, current: false }],
  externalLogins: [{ provider: 'sso', displayName: '统一身份', linkedAt: '2026-05-02T02:00:00Z' }],
};

describe('the sign-in of a user', () => {
  it('shows the invitation link once, with the token behind the hash', async () => {
    server.use(answers.get('users/u-9/account', account), answers.on('post', 'users/u-9/invitation', () => HttpResponse.json({ link: '/set-password#token=abc', expiresAt: '2026-05-06T02:00:00Z' }, { status: 201 })));
    await renderScreen(<UserAccount user={user} onClose={() => undefined} />);
    await userEvent.click(await screen.findByRole('button', { name: '生成邀请链接' }));
    expect(((await screen.findByLabelText('设置密码的一次性链接')) as HTMLInputElement).value).toBe('http://localhost:3000/set-password#token=abc');
  });

  it('resets the second factor after a question', async () => {
    const reset: string[] = [];
    server.use(answers.get('users/u-9/account', account), answers.on('post', 'users/u-9/second-factor/reset', (request) => { reset.push(request.url); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<UserAccount user={user} onClose={() => undefined} />);
    await userEvent.click(await screen.findByRole('button', { name: '重置两步验证' }));
    await waitFor(() => expect(screen.getAllByRole('button', { name: '重置两步验证' }).length).toBe(2));
    await userEvent.click(screen.getAllByRole('button', { name: '重置两步验证' }).at(-1)!);
    await waitFor(() => expect(reset.length).toBe(1));
  });
});

describe('the sign-in log in the settings', () => {
  it('is there for who may audit, with the names of all', async () => {
    session.rights.push('audit.view');
    try {
      server.use(answers.get('users', page([user])), answers.get('sign-ins', page([{ id: 'l-1', at: '2026-05-03T01:00:00Z', event: 'failed', reason: 'unknown_user', userId: null, userName: null, address: '198.51.100.0/24', device: '' }])));
      await renderScreen(<SettingsPage />, '/settings?tab=sign-ins');
      expect(await screen.findByText('登录失败 · 用户名不存在')).toBeTruthy();
      expect(screen.getByText('未知用户')).toBeTruthy();
    } finally { session.rights.pop(); }
  });
});
