import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { answers, recordedServer } from '@/test/server';
import { AuthorizeScreen } from './authorize';
import { EndSessionPage } from './end-session';

const server = recordedServer();
const asked = { clientName: '排班应用', redirectHost: 'app.example.com', scopes: ['openid', 'api'], remembered: false, signInAgain: false };
const answered = (sent: unknown[]) => answers.on('post', 'authorizations/answer', async (request) => { sent.push(await request.json()); return HttpResponse.json({ redirectTo: '#answered' }); });

describe('authorization', () => {
  it('tells who asks for what and sends the answer', async () => {
    const sent: unknown[] = [];
    server.use(answers.on('post', 'authorizations/request', () => HttpResponse.json(asked)), answered(sent));
    await renderScreen(<AuthorizeScreen />, '/authorize?request=abc');
    expect(await screen.findByRole('heading', { name: '允许“排班应用”访问？' })).toBeTruthy();
    expect(screen.getByText('以你的权限查看和修改数据')).toBeTruthy();
    expect(screen.getByText('授权后回到 app.example.com')).toBeTruthy();
    await userEvent.click(screen.getByRole('checkbox', { name: '以后不再询问' }));
    await userEvent.click(screen.getByRole('button', { name: /允\s*许/ }));
    await waitFor(() => expect(sent).toEqual([{ request: 'abc', approved: true, remember: true }]));
    expect((await screen.findByRole('link', { name: '继续' })).getAttribute('href')).toBe('#answered');
  });

  it('can be denied', async () => {
    const sent: unknown[] = [];
    server.use(answers.on('post', 'authorizations/request', () => HttpResponse.json(asked)), answered(sent));
    await renderScreen(<AuthorizeScreen />, '/authorize?request=abc');
    await userEvent.click(await screen.findByRole('button', { name: /拒\s*绝/ }));
    await waitFor(() => expect(sent).toEqual([{ request: 'abc', approved: false, remember: false }]));
  });

  it('asks nothing that was remembered', async () => {
    const sent: unknown[] = [];
    server.use(answers.on('post', 'authorizations/request', () => HttpResponse.json({ ...asked, remembered: true })), answered(sent));
    await renderScreen(<AuthorizeScreen />, '/authorize?request=abc');
    await waitFor(() => expect(sent).toEqual([{ request: 'abc', approved: true, remember: false }]));
    expect(screen.queryByRole('button', { name: /允\s*许/ })).toBeNull();
  });

  it('says why there is nothing to ask', async () => {
    await renderScreen(<AuthorizeScreen />, '/authorize?error=invalid_redirect_uri');
    expect(await screen.findByText('回调地址与登记的不一致，出于安全考虑没有跳转。')).toBeTruthy();
  });
});

describe('signing out at an application’s wish', () => {
  const request = (userId: string | null) => answers.on('post', 'session/end-request', () => HttpResponse.json({ clientName: '排班应用', userId, redirectTo: '#bye' }));

  it('asks whoever is not meant', async () => {
    const sent: string[] = [];
    server.use(request('u-2'), answers.on('delete', 'session', (it) => { sent.push(it.url); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<EndSessionPage />, '/end-session?request=abc');
    expect(await screen.findByText('“排班应用”请求退出当前登录。')).toBeTruthy();
    expect(sent).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: '退出登录' }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it('signs out at once whom it means, and goes on', async () => {
    const sent: string[] = [];
    server.use(request('u-1'), answers.on('delete', 'session', (it) => { sent.push(it.url); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<EndSessionPage />, '/end-session?request=abc');
    await waitFor(() => expect(sent).toHaveLength(1));
    expect((await screen.findByRole('link', { name: '继续' })).getAttribute('href')).toBe('#bye');
  });
});
