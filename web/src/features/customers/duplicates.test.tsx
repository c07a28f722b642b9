import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { handleKey } from '@/lib/shortcuts';
import { DuplicatesPage } from './duplicate-queue';

const server = recordedServer();
const pair = (id: string, a: string, b: string) => ({ id, aId: `${id}-a`, bId: `${id}-b`, aName: a, bName: b, reasons: ['phone', 'name'], score: 0.98, state: 'open', at: '2026-05-01T02:00:00Z' });
const preview = (target: string, source: string, wins: string) => ({
  target: { id: 'p1-a', name: target }, source: { id: 'p1-b', name: source }, result: { id: 'p1-a', name: target },
  fields: [{ field: 'industry', target: '软件', source: '制造', wins, isConflict: true }, { field: 'needs', target: null, source: '要货', wins: 'source', isConflict: false }],
  moves: { contacts: 2, consents: 0, shares: 0, followUps: 3, opportunities: 1, tickets: 0 },
});
const may = async (run: () => Promise<void>) => {
  const before = [...session.rights];
  session.rights.push('customers.change', 'customers.delete');
  document.addEventListener('keydown', handleKey);
  try { await run(); } finally { document.removeEventListener('keydown', handleKey); session.rights.splice(0, session.rights.length, ...before); }
};

describe('the duplicates', () => {
  it('are worked off one after the other: a side is chosen, merged, and the next dismissed by a key', () => may(async () => {
    const sent: { path: string; body: unknown }[] = [];
    const note = (path: string) => answers.on('post', path, async (request) => { sent.push({ path, body: await request.json() }); return HttpResponse.json({ id: 'x' }); });
    server.use(
      answers.get('users', page([])), answers.get('customers/duplicates/queue', page([pair('p1', '甲公司', '甲有限公司'), pair('p2', '乙公司', '乙有限公司')])),
      answers.on('post', 'customers/p1-a/merge/preview', async (request) => {
        const { fields } = await request.json() as { fields: Record<string, string> };
        return HttpResponse.json(preview('甲公司', '甲有限公司', fields.industry ?? 'target'));
      }),
      answers.on('post', 'customers/p2-a/merge/preview', () => HttpResponse.json(preview('乙公司', '乙有限公司', 'target'))),
      note('customers/p1-a/merge'), note('customers/p2-a/duplicates/p2-b/dismiss'),
    );
    await renderScreen(<DuplicatesPage />, '/customers/duplicates');
    expect(await screen.findByText('电话相同 · 名称相近 · 相似度 98%')).toBeTruthy();
    expect(await screen.findByText(/2 个联系人 · 3 条跟进 · 1 个商机/)).toBeTruthy();
    await userEvent.click(screen.getByRole('radio', { name: '制造' }));
    await waitFor(() => expect((screen.getByRole('radio', { name: '制造' }) as HTMLInputElement).checked).toBe(true));
    await userEvent.click(screen.getByRole('button', { name: /合并 *M/ }));
    await waitFor(() => expect(sent).toEqual([{ path: 'customers/p1-a/merge', body: { sourceId: 'p1-b', fields: { industry: 'source' } } }]));
    expect(await screen.findByRole('region', { name: '乙公司 与 乙有限公司' })).toBeTruthy();
    await userEvent.keyboard('d');
    await waitFor(() => expect(sent.at(-1)?.path).toBe('customers/p2-a/duplicates/p2-b/dismiss'));
    expect(await screen.findByText('没有待处理的重复客户')).toBeTruthy();
  }));
});
