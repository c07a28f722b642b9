import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Client } from '@/lib/api-types';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { SettingsPage } from './settings';

const server = recordedServer();
session.rights.push('clients.view', 'clients.create', 'clients.change');
const client: Client = {
  id: 'c-1', version: 2, createdAt: '2026-05-01T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', clientId: 'warehouse', name: '仓库系统', role: 'integrator', confidential: true,
  grants: ['client_credentials'], redirectUris: [], postLogoutRedirectUris: [], scopes: ['api'], jwks: null, rateLimit: 600, actsForUsers: false, active: true,
  secrets: [{ id: 's-1', createdAt: '2026-05-01T02:00:00Z', expiresAt: null }],
};
const dialog = (title: string) => waitFor(() => {
  const found = screen.getAllByRole('dialog').find((each) => each.textContent.includes(title));
  if (!found) throw new Error(`There is no dialog ${title}.`);
  return found;
});

describe('clients', () => {
  it('are registered with what the form says, redirect URIs line by line', async () => {
    const sent: unknown[] = [];
    server.use(answers.get('clients', page([])), answers.on('post', 'clients', async (request) => { sent.push(await request.json()); return HttpResponse.json({ ...client, id: 'c-2' }, { status: 201 }); }));
    await renderScreen(<SettingsPage />, '/settings?tab=clients');
    expect(await screen.findByText('还没有客户端')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /新建客户端/ }));
    const form = await dialog('新建客户端');
    await userEvent.type(within(form).getByLabelText('名称'), '排班');
    await userEvent.click(within(form).getByRole('checkbox', { name: '由用户授权' }));
    await userEvent.type(within(form).getByLabelText('回调地址'), 'https://a.example/cb{enter}https://b.example/cb');
    await userEvent.click(within(form).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toEqual([{
      name: '排班', role: 'integrator', confidential: true, clientId: null, grants: ['client_credentials', 'authorization_code'], scopes: ['api'], actsForUsers: false, jwks: null, rateLimit: 600,
      redirectUris: ['https://a.example/cb', 'https://b.example/cb'], postLogoutRedirectUris: [],
    }]));
  });

  it('get a new secret that is shown once, the old one for a while', async () => {
    const sent: unknown[] = [];
    server.use(answers.get('clients', page([client])), answers.on('post', 'clients/c-1/secrets', async (request) => { sent.push(await request.json()); return HttpResponse.json({ id: 's-2', secret: 'crm_secret_x' }, { status: 201 }); }));
    await renderScreen(<SettingsPage />, '/settings?tab=clients');
    await userEvent.click(await screen.findByRole('button', { name: '仓库系统' }));
    const drawer = await dialog('仓库系统');
    await userEvent.click(within(drawer).getByRole('button', { name: /更换密钥/ }));
    expect((await screen.findByRole<HTMLInputElement>('textbox', { name: '密钥' })).value).toBe('crm_secret_x');
    expect(sent).toEqual([{ overlapHours: 24 }]);
  });

  it('are revoked only after a question', async () => {
    const sent: string[] = [];
    server.use(answers.get('clients', page([client])), answers.on('post', 'clients/c-1/revoke', (request) => { sent.push(request.url); return HttpResponse.json({ ...client, active: false }); }));
    await renderScreen(<SettingsPage />, '/settings?tab=clients');
    await userEvent.click(await screen.findByRole('button', { name: '仓库系统' }));
    const drawer = await dialog('仓库系统');
    await userEvent.click(within(drawer).getByRole('button', { name: /停\s*用/ }));
    expect(sent).toEqual([]);
    await userEvent.click(within(await screen.findByRole('tooltip')).getByRole('button', { name: /停\s*用/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });
});
