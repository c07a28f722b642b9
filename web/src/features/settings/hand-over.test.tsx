import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { BulkJob } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import HandOver from './hand-over';

const server = recordedServer();
const person = (id: string, displayName: string) => ({ id, version: 1, userName: id, displayName, role: 'sales', roles: ['sales'], canSignIn: true, active: true, removed: false, delegations: [] });
const people = answers.get('users', page([person('u-8', '李晓燕'), person('u-9', '王五')]));
const preview = { parts: [{ resource: 'customers', count: 120 }, { resource: 'opportunities', count: 0 }, { resource: 'tickets', count: 2 }, { resource: 'teams', count: 1 }], standsInFor: 1 };
const job: BulkJob = {
  id: 'j-1', state: 'running', total: 123, progress: 0.4, remainingSeconds: 90, done: 49, refused: 0, undone: 0, kept: 0, startedBy: 'u-1', startedAt: '2026-05-03T02:00:00Z', reason: '离职', parameters: { toUserId: 'u-9' },
};

describe('handing over', () => {
  it('counts first, then gives everything to one person with exceptions', async () => {
    let sent: unknown;
    server.use(people, answers.get('users/u-8/hand-over', preview), answers.get('users/u-8/hand-overs', { data: [] }),
      answers.on('post', 'users/u-8/hand-over', async (request) => { sent = await request.json(); return HttpResponse.json(job, { status: 202 }); }));
    await renderScreen(<HandOver userId="u-8" onClose={() => undefined} />);
    const parts = await screen.findByRole('list', { name: '待交接' });
    expect(parts.textContent).toContain('120 个客户');
    expect(screen.getByText('此人正在或将要代理 1 位同事，请另行安排。')).toBeTruthy();
    await userEvent.click(screen.getByRole('combobox', { name: '交给' }));
    await userEvent.click((await screen.findAllByText('王五')).find((each) => each.closest('.ant-select-dropdown'))!);
    await userEvent.type(screen.getByLabelText('原因'), '离职');
    await userEvent.click(screen.getByRole('button', { name: '交接 123 项' }));
    await waitFor(() => expect(sent).toEqual({ toUserId: 'u-9', reason: '离职', deactivate: true }));
  });

  it('shows progress, what was left out, and the way back', async () => {
    const undone: string[] = [];
    let state: BulkJob = job;
    server.use(people, answers.get('users/u-8/hand-over', preview), answers.on('get', 'users/u-8/hand-overs', () => HttpResponse.json({ data: [state] })),
      answers.get('users/u-8/hand-overs/j-1/faults', page([{ position: 7, resource: 'customers', recordId: 'c-7', recordName: '归档公司', code: 'archived', message: '客户已归档，请先恢复再修改。' }])),
      answers.on('post', 'users/u-8/hand-overs/j-1/undo', (request) => { undone.push(request.url); return HttpResponse.json({ ...state, state: 'undoing' }, { status: 202 }); }));
    await renderScreen(<HandOver userId="u-8" onClose={() => undefined} />);
    expect(await screen.findByText('已处理 49 / 123 · 大约还需 1分钟')).toBeTruthy();
    state = { ...job, state: 'done', progress: 1, remainingSeconds: null, done: 122, refused: 1 };
    expect(await screen.findByText('已完成 122 项、1 项未处理', {}, { timeout: 3000 })).toBeTruthy();
    const faults = await screen.findByRole('list', { name: '未处理的记录' });
    expect(within(faults).getByRole('link', { name: '归档公司' })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /^撤\s*销$/ }));
    await waitFor(() => expect(screen.getAllByRole('button', { name: /^撤\s*销$/ }).length).toBe(2));
    await userEvent.click(screen.getAllByRole('button', { name: /^撤\s*销$/ }).at(-1)!);
    await waitFor(() => expect(undone.length).toBe(1));
  });
});
