import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { Tags } from './tags';

const server = recordedServer();
session.rights.push('tags.view', 'tags.create', 'tags.change', 'tags.delete');
const tag = (id: string, name: string, conditions: unknown) => ({ id, version: 2, name, dimension: 'value', color: 'gold', conditions, formerNames: [], computed: conditions !== null });

describe('tags', () => {
  it('tell their rules in words, and a new one is looked at before it is kept', async () => {
    let [looked, sent]: unknown[] = [];
    server.use(
      answers.get('tags', page([tag('t-1', '高价值客户', [{ kind: 'wonAmount', atLeast: 100000, days: 365 }]), tag('t-2', '老客户', null)])),
      answers.get('tags/tiers', { a: 100000, b: 30000, c: 0, days: 365, tiers: [{ tier: 'D', count: 4, manual: 0 }], customers: 4, coverage: 1 }),
      answers.on('post', 'tags/preview', async (request) => { looked = await request.json(); return HttpResponse.json({ now: 132, months: [{ at: '2026-11-01T00:00:00Z', count: 100 }, { at: '2026-11-28T00:00:00Z', count: 132 }] }); }),
      answers.on('post', 'tags', async (request) => { sent = await request.json(); return HttpResponse.json({ id: 't-3' }); }));
    await renderScreen(<Tags />);
    expect(await screen.findByText('365 天内成交额 ≥ 100,000 元')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /新建标签/ }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('名称'), '大单');
    await userEvent.click(within(dialog).getByText('规则'));
    await userEvent.click(await within(dialog).findByRole('button', { name: /预\s?览/u }));
    expect(await within(dialog).findByText('现在符合：132 个客户')).toBeTruthy();
    expect(looked).toEqual({ conditions: [{ kind: 'wonAmount', atLeast: 100000, days: 365 }] });
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s?存/u }));
    await waitFor(() => expect(sent).toEqual({ name: '大单', dimension: 'need', color: 'blue', conditions: [{ kind: 'wonAmount', atLeast: 100000, days: 365 }] }));
  });

  it('show how far the working out of a changed rule has come, until it is done', async () => {
    const working = { ...tag('t-1', '高价值客户', [{ kind: 'wonAmount', atLeast: 100000, days: 365 }]), computing: true, customersDone: 250000, customersTotal: 1000000, remainingSeconds: 90 };
    const idle = { ...tag('t-2', '老客户', [{ kind: 'openOpportunities', atLeast: 1 }]), computing: false, customersDone: null, customersTotal: null, remainingSeconds: null };
    server.use(answers.get('tags', page([working, idle])), answers.get('tags/tiers', { a: 100000, b: 30000, c: 0, days: 365, tiers: [], customers: 4, coverage: 1 }));
    await renderScreen(<Tags />);
    const bar = await screen.findByRole('progressbar', { name: '高价值客户: 正在计算历史…' });
    expect(bar.getAttribute('aria-valuenow')).toBe('25');
    expect(screen.getByText(/250,000 \/ 1,000,000 个客户 · 约剩 2/)).toBeTruthy();
    expect(screen.getAllByRole('progressbar')).toHaveLength(1);
  });
});
