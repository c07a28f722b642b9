import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Account } from '@/lib/api-types';
import { answers, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';
import { ExternalPanel } from './external-panel';

const server = recordedServer();
const account: Account = { userName: 'sales', passwordChangedAt: null, secondFactorSince: null, secondFactorDemanded: false, recoveryCodesLeft: 0 };
const providers = [{ name: 'sso', displayName: '统一身份' }];
const linked = { data: [{ provider: 'sso', displayName: '统一身份', linkedAt: '2026-05-02T02:00:00Z' }], providers };

describe('accounts at providers', () => {
  it('asks for the password before it goes there, and says why not', async () => {
    server.use(answers.get('account/external-logins', { data: [], providers }), answers.on('post', 'account/external-logins', () => answers.problem(403, { code: 'wrong_password', detail: '密码不对。' })));
    await renderScreen(<ExternalPanel account={account} />, '/account');
    await userEvent.click(await screen.findByRole('button', { name: '关联 统一身份' }));
    await userEvent.type(await screen.findByLabelText('密码'), 'wrong');
    await userEvent.click(screen.getByRole('button', { name: '前往登录' }));
    expect(await screen.findByText('密码不对。')).toBeTruthy();
  });

  it('confirms once when it is back, and forgets the address', async () => {
    let confirmed = 0;
    server.use(answers.get('account/external-logins', linked), answers.on('post', 'account/external-logins/confirm', () => { confirmed++; return new HttpResponse(null, { status: 204 }); }));
    const { history } = await renderScreen(<ExternalPanel account={account} />, '/account?external=sso');
    await waitFor(() => expect(history.location.search).toBe(''));
    expect(confirmed).toBe(1);
  });

  it('unlinks after a question', async () => {
    const removed: string[] = [];
    server.use(answers.get('account/external-logins', linked), answers.on('delete', 'account/external-logins/sso', (request) => { removed.push(request.url); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<ExternalPanel account={account} />, '/account');
    await userEvent.click(await screen.findByRole('button', { name: '解除关联：统一身份' }));
    await userEvent.click(await screen.findByRole('button', { name: '解除关联' }));
    await waitFor(() => expect(removed.length).toBe(1));
  });
});
