import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { answers, recordedServer } from '@/test/server';
import { AccessPage } from './access';

const server = recordedServer();
const token = { id: 't-1', name: '夜间导出', scope: 'read', createdAt: '2026-05-01T02:00:00Z', expiresAt: '2027-05-01T02:00:00Z', lastUsedAt: null };

describe('personal tokens', () => {
  it('are made with a name, what they may do and an end, and shown once', async () => {
    const sent: { name?: string; scope?: string; expiresAt?: string }[] = [];
    server.use(answers.get('personal-tokens', { data: [token] }), answers.on('post', 'personal-tokens', async (request) => { sent.push((await request.json()) as object); return HttpResponse.json({ id: 't-2', token: 'crm_pat_x' }, { status: 201 }); }));
    await renderScreen(<AccessPage />, '/access');
    expect(await screen.findByText('从未使用')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /新建令牌/ }));
    const form = await screen.findByRole('dialog');
    await userEvent.click(within(form).getByRole('button', { name: /生\s*成/ }));
    expect(await within(form).findByText('请填写名称')).toBeTruthy();
    await userEvent.type(within(form).getByLabelText('名称'), '报表');
    await userEvent.click(within(form).getByRole('button', { name: /生\s*成/ }));
    expect((await screen.findByRole<HTMLInputElement>('textbox', { name: '令牌' })).value).toBe('crm_pat_x');
    expect(sent[0]).toMatchObject({ name: '报表', scope: 'read' });
    const days = (new Date(sent[0]!.expiresAt!).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThan(30.1);
  });

  it('are revoked only after a question', async () => {
    const sent: string[] = [];
    server.use(answers.get('personal-tokens', { data: [token] }), answers.on('delete', 'personal-tokens/t-1', (request) => { sent.push(request.url); return new HttpResponse(null, { status: 204 }); }));
    await renderScreen(<AccessPage />, '/access');
    await userEvent.click(await screen.findByRole('button', { name: '撤销令牌 夜间导出' }));
    expect(sent).toEqual([]);
    await userEvent.click(within(await screen.findByRole('tooltip')).getByRole('button', { name: /撤\s*销/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });
});

describe('connected applications', () => {
  it('say what they may do and can be disconnected', async () => {
    const sent: string[] = [];
    server.use(
      answers.get('authorizations', { data: [{ clientId: 'client-1', name: '排班应用', scopes: ['api', 'openid'], since: '2026-05-01T02:00:00Z', lastUsedAt: '2026-05-01T02:00:00Z', remembered: true }] }),
      answers.on('delete', 'authorizations/client-1', (request) => { sent.push(request.url); return new HttpResponse(null, { status: 204 }); }),
    );
    await renderScreen(<AccessPage />, '/access?tab=applications');
    expect(await screen.findByText('以你的权限使用数据 · 确认你的身份')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '断开 排班应用' }));
    await userEvent.click(within(await screen.findByRole('tooltip')).getByRole('button', { name: /断\s*开/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });
});
