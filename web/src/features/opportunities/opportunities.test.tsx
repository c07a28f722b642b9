import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Board, Opportunity, Product } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { BoardPage } from './board';
import { lineSum, linesBody } from './lines';
import { opportunityListParams, opportunityListState } from './list-state';
import { OpportunityHeader } from './opportunity-header';

const server = recordedServer();
const stages = [
  { code: 'lead', name: '线索', nameEn: 'Lead', kind: 'open' as const, probability: 10 }, { code: 'proposal', name: '方案', nameEn: 'Proposal', kind: 'open' as const, probability: 40 },
  { code: 'won', name: '成交', nameEn: 'Won', kind: 'won' as const, probability: 100 }, { code: 'lost', name: '输单', nameEn: 'Lost', kind: 'lost' as const, probability: 0 },
];
const money = (amount: number) => ({ amount, currency: 'CNY' });
const board = (): Board => ({
  pipeline: { id: 'p-1', name: '标准销售流程', isDefault: true },
  stages: stages.map((stage, index) => ({
    ...stage, count: index === 0 ? 1 : 0, amount: money(index === 0 ? 5000 : 0), amounts: [], hasMore: false,
    cards: index === 0 ? [{ id: 'o-1', version: 3, name: '年度续约', customerId: 'c-1', customerName: '上海远景', ownerName: '张伟', amount: money(5000), daysInStage: 4, warnings: [] }] : [],
  })),
});
const common = [
  answers.get('users', page([])), answers.get('products', page([])), answers.get('pipelines', page([{ id: 'p-1', version: 1, name: '标准销售流程', isDefault: true, stages }])),
];
const opportunity: Opportunity = {
  id: 'o-1', version: 3, name: '年度续约', customerId: 'c-1', customerName: '上海远景', pipelineId: 'p-1', stage: 'lead', stageName: '线索', stageKind: 'open', amount: money(5000), probability: 10,
  createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-01-05T02:00:00Z', externalKeys: {}, custom: {}, enteredStageAt: '2026-01-05T02:00:00Z', openedOn: '2026-01-05', amountFromLines: false, probabilitySet: false,
  competitors: [], decisionMakers: [], lines: [], shares: [], deleted: false, closed: false, erased: false, origins: [],
};
const column = (name: string, count: number) => screen.findByRole('region', { name: `${name}，${count} 个商机` });

describe('the board', () => {
  const moveTo = async (stage: string) => {
    await userEvent.click(await screen.findByRole('button', { name: /移动「年度续约」/ }));
    const entries = await screen.findAllByText(stage);
    await userEvent.click(entries.find((entry) => entry.closest('[role="menuitem"]'))!);
  };

  it('shows a move before the server answers and brings the card back with the reason when it is refused', async () => {
    let refuse = () => {};
    const asked = new Promise<void>((resolve) => { refuse = resolve; });
    server.use(...common, answers.get('opportunities/board', board()), answers.on('post', 'opportunities/o-1/stage', async () => {
      await asked;
      return answers.problem(409, { code: 'opportunity_closed', title: '冲突', detail: '商机已关闭。' });
    }));
    await renderScreen(<BoardPage />, '/opportunities');
    await moveTo('方案');
    expect(within(await column('方案', 1)).getByText('年度续约')).toBeTruthy();
    refuse();
    expect(within(await column('线索', 1)).getByText('年度续约')).toBeTruthy();
    expect(await screen.findByText('「年度续约」没有移动：商机已关闭。')).toBeTruthy();
  });

  it('asks for the reason before it loses an opportunity', async () => {
    const bodies: unknown[] = [];
    server.use(...common, answers.get('opportunities/board', board()), answers.on('post', 'opportunities/o-1/lose', async (request) => { bodies.push(await request.json()); return HttpResponse.json({ ...opportunity, stage: 'lost' }); }));
    await renderScreen(<BoardPage />, '/opportunities');
    await moveTo('输单');
    await screen.findByText('「年度续约」输单');
    await userEvent.click(screen.getByText('确认输单'));
    expect(await screen.findByText('请填写输单原因')).toBeTruthy();
    await userEvent.type(screen.getByLabelText('输单原因'), '预算取消');
    await userEvent.click(screen.getByText('确认输单'));
    await waitFor(() => expect(bodies).toEqual([{ reason: '预算取消' }]));
  });
});

describe('the header of an opportunity', () => {
  it('moves to another open stage with the version that was seen', async () => {
    const sent: unknown[] = [];
    server.use(...common, answers.on('post', 'opportunities/o-1/stage', async (request) => { sent.push([request.headers.get('If-Match'), await request.json()]); return HttpResponse.json({ ...opportunity, stage: 'proposal' }); }));
    await renderScreen(<OpportunityHeader opportunity={opportunity} />);
    await userEvent.click(await screen.findByRole('button', { name: '移到「方案」' }));
    await waitFor(() => expect(sent).toEqual([['"3"', { to: 'proposal' }]]));
    expect(screen.queryByRole('button', { name: '移到「成交」' })).toBeNull();
  });
});

describe('the filter state of the list', () => {
  it('shows what is open unless a stage or everything is asked for', () => {
    const params = (state: object) => opportunityListParams(opportunityListState.parse(state), 'u-1').filter;
    expect(params({})).toBe('closed = false');
    expect(params({ stage: ['won'], min: 1000 })).toBe('stage = "won" AND amount >= 1000');
    expect(params({ view: 'mine' })).toBe('closed = false AND ownerId = "u-1"');
    expect(params({ view: 'all', stage: 'lead', max: '9; drop' })).toBeUndefined();
  });
});

describe('lines', () => {
  const products = [{ id: 'p-1', unitPrice: money(99.99) }] as Product[];
  it('take the list price when none is typed and round each line to the cent', () => {
    expect(lineSum([{ productId: 'p-1', quantity: 3, discount: 10 }, { productId: 'p-1', quantity: 1, price: 10 }], products, 'CNY')).toEqual(money(279.97));
  });
  it('are sent with the discount as a fraction and without a price that was not typed', () => {
    expect(linesBody([{ productId: 'p-1', quantity: 3, discount: 12.5 }, {}], products, 'CNY')).toEqual([{ productId: 'p-1', quantity: 3, discount: 0.125 }]);
  });
});
