import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Customer } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { answers, recordedServer } from '@/test/server';
import { MergesBox } from './merges-box';

const server = recordedServer();
const customer: Customer = {
  id: 'c-1', version: 4, kind: 'company', name: '云帆科技', lifecycle: 'won', tags: [], ownerId: 'u-1', createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', externalKeys: {}, contacts: [], consents: [],
  shares: [], followUpCount: 0, inPool: false, completeness: 0.5, archived: false, deleted: false, erased: false, custom: {}, notDuplicates: [], phoneInvalid: false, emailInvalid: false, may: ['view', 'change', 'delete'],
  merges: [{ id: 'm-1', sourceId: 'c-2', targetId: 'c-1', at: '2026-05-01T02:00:00Z', sourceName: '云帆旧档' }],
};

describe('merges of a customer', () => {
  it('tell how many records have moved of how many, and those that move back', async () => {
    await renderScreen(<MergesBox customer={{ ...customer, recordMoves: [{ mergeId: 'm-1', isBack: false, moved: 400, total: 500 }, { mergeId: 'm-0', isBack: true, moved: 7, total: null }] }} />);
    const bar = await screen.findByRole('progressbar', { name: '已移动 400 / 500 条记录' });
    expect(bar.getAttribute('aria-valuenow')).toBe('80');
    expect(screen.getByText('正在把记录移回：已移动 7 条')).toBeTruthy();
  });

  it('say before one is taken back which parent cannot be put back', async () => {
    server.use(answers.on('post', 'customers/c-1/unmerge/preview', () => HttpResponse.json({
      mergeId: 'm-1', target: { ...customer, merges: [] }, source: { ...customer, id: 'c-2', name: '云帆旧档', merges: [] }, kept: [], activities: [], leftOut: [{ customerId: 'c-2', field: 'parentId', code: 'parent_cycle', message: '' }],
    })));
    await renderScreen(<MergesBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '撤销合并' }));
    expect(await within(await screen.findByRole('dialog')).findByText(/“云帆旧档”原来的上级客户现在是它的下级/)).toBeTruthy();
  });
});
