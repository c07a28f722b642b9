import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Customer, CustomerGraph, CustomerRelation, GraphEdge, GraphNode, RelationsAnswer } from '@/lib/api-types';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';
import { arrange } from './relation-layout';
import { RelationsBox } from './relations-box';

const server = recordedServer();
const customer = {
  id: 'c-1', version: 4, kind: 'company', name: '云帆科技', lifecycle: 'won', tags: [], ownerId: 'u-1', createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', custom: {}, may: ['change'],
} as unknown as Customer;
const relation: CustomerRelation = {
  id: 'r-1', kind: 'supplier', label: '主材', from: '2024-03-01', to: null, note: '账期 30 天', createdBy: 'u-1', createdAt: '2026-05-01T02:00:00Z', updatedBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', erased: false, otherId: 'c-2', isOtherHidden: false, otherName: '海河机械',
};
const hidden: CustomerRelation = { ...relation, id: 'r-2', kind: 'other', label: '同乡会', note: null, from: null, otherId: 'c-3', isOtherHidden: true, otherName: undefined };
const told = (rows: CustomerRelation[], group: Partial<RelationsAnswer> = {}) => answers.get('customers/c-1/relations', { ...page(rows), parent: null, subsidiaries: [], subsidiaryCount: 0, ...group });
const node = (id: string, depth: number, more: Partial<GraphNode> = {}): GraphNode => ({ id, type: 'customer', name: id, isHidden: false, depth, kind: 'company', lifecycle: 'won', position: null, decisionRole: null, ...more });
const edge = (from: string, to: string, type: GraphEdge['type'], kind: GraphEdge['kind'] = null): GraphEdge => ({ from, to, type, kind, isOver: false });

describe('relations of a customer', () => {
  it('name what the other one is, and nothing of one the user may not see', async () => {
    server.use(told([relation, hidden], { parent: { id: 'c-9', name: '云帆集团', isHidden: false }, subsidiaries: [{ id: 'c-8', name: '云帆门店', isHidden: false }], subsidiaryCount: 1 }));
    await renderScreen(<RelationsBox customer={customer} />);
    const rows = (await screen.findAllByRole('listitem')).map((row) => row.textContent);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toContain('上级 云帆集团');
    expect(rows[1]).toMatch(/供应商 海河机械.*主材.*账期 30 天/);
    expect(rows[2]).toContain('同乡会 无权查看的客户');
    expect(rows[3]).toContain('下级 云帆门店');
    expect(screen.getByRole('link', { name: '海河机械' }).getAttribute('href')).toContain('/customers/c-2');
    expect(screen.queryByRole('link', { name: '无权查看的客户' })).toBeNull();
  });

  it('are taken back and said again', async () => {
    const sent: unknown[] = [];
    server.use(
      told([relation]),
      answers.on('delete', 'customers/c-1/relations/r-1', () => new HttpResponse(null, { status: 204 })),
      answers.on('post', 'customers/c-1/relations', async (request) => { sent.push(await request.json()); return HttpResponse.json(relation, { status: 201 }); }),
    );
    await renderScreen(<RelationsBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '移除与海河机械的关系' }));
    await userEvent.click(await screen.findByRole('button', { name: '撤销' }));
    await waitFor(() => expect(sent).toEqual([{ otherId: 'c-2', kind: 'supplier', label: '主材', from: '2024-03-01', note: '账期 30 天' }]));
  });

  it('change in what was changed only', async () => {
    const sent: unknown[] = [];
    server.use(told([relation]), answers.on('patch', 'customers/c-1/relations/r-1', async (request) => { sent.push(await request.json()); return HttpResponse.json(relation); }));
    await renderScreen(<RelationsBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '修改与海河机械的关系' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.clear(within(dialog).getByLabelText('备注'));
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toEqual([{ note: null }]));
  });

  it('are drawn with links, and the group as a tree with figures', async () => {
    const graph: CustomerGraph = { nodes: [node('c-1', 0, { name: '云帆科技' }), node('c-2', 1, { name: '海河机械' }), node('c-3', 1, { name: null, isHidden: true }), node('d-1', 1, { type: 'decider', name: '周芷若', decides: [{ opportunityId: 'o-1', name: '设备更新' }, { opportunityId: 'o-2', name: '维保' }] })], edges: [edge('c-1', 'c-2', 'relation', 'supplier'), edge('c-1', 'c-3', 'relation', 'partner'), edge('c-1', 'd-1', 'decider')], isCut: false };
    const member = { kind: 'company', lifecycle: 'won', ownerId: 'u-1', ownerName: '张伟', isHidden: false, openOpportunities: 0, descendants: 0 };
    server.use(
      told([relation]), answers.get('customers/c-1/graph', graph),
      answers.get('customers/c-1/hierarchy', { ancestors: [{ ...member, id: 'c-9', parentId: null, depth: -1, name: '云帆集团', own: null, total: null }], isCut: false, limit: 500, members: [
        { ...member, id: 'c-1', parentId: null, depth: 0, name: '云帆科技', own: [], total: [{ currency: 'CNY', open: 120, won: 7 }], descendants: 1 }, { ...member, id: 'c-8', parentId: 'c-1', depth: 1, name: '云帆门店', own: [{ currency: 'CNY', open: 120, won: 7 }], total: [{ currency: 'CNY', open: 120, won: 7 }] },
      ] }),
    );
    await renderScreen(<RelationsBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '关系图与层级' }));
    const drawn = await screen.findByRole('group', { name: '关系图' });
    expect(within(drawn).getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual([expect.stringContaining('/customers/c-1'), expect.stringContaining('/customers/c-2')]);
    expect(drawn.textContent).toContain('供应商');
    expect([...drawn.querySelectorAll('title')].map((title) => title.textContent)).toContain('周芷若 · 决策：设备更新、维保');
    await userEvent.click(screen.getByRole('tab', { name: '集团层级' }));
    const tree = await screen.findByRole('tree');
    for (const name of ['云帆集团', '云帆科技', '云帆门店']) expect(within(tree).getByText(name)).toBeTruthy();
    expect(tree.textContent).toContain('含下级 1 家');
  });
});

describe('the layout of the graph', () => {
  it.each([true, false])('lets nobody stand on another, whoever is there (narrow: %s)', (narrow) => {
    for (let seed = 1; seed < 40; seed++) {
      const near = Array.from({ length: seed % 13 }, (_, n) => node(`n${n}`, 1));
      const far = narrow ? [] : near.flatMap((_, n) => (n % 3 === 0 ? [node(`f${n}`, 2)] : []));
      const edges = [...near.map((each, n) => (n === 0 && seed % 2 ? edge(each.id, 'c', 'parent') : n % 4 === 1 ? edge('c', each.id, 'parent') : edge('c', each.id, 'relation', 'partner'))), ...far.map((each) => edge(each.id.replace('f', 'n'), each.id, 'relation', 'client'))];
      const { boxes, lines, width, height, boxWidth } = arrange({ nodes: [node('c', 0), ...near, ...far], edges, isCut: false }, narrow);
      expect(boxes).toHaveLength(1 + near.length + far.length);
      expect(lines).toHaveLength(edges.length);
      for (const box of boxes) expect(box.x >= 0 && box.y >= 0 && box.x + boxWidth <= width && box.y + 44 <= height).toBe(true);
      for (const [index, one] of boxes.entries()) for (const other of boxes.slice(index + 1)) expect(Math.abs(one.x - other.x) >= boxWidth || Math.abs(one.y - other.y) >= 44).toBe(true);
    }
  });
});
