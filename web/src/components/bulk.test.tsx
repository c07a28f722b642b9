import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import { BulkJobs } from '@/components/bulk-jobs';
import { DataList } from '@/components/data-list';
import { PickButton, SelectionBar, useSelection } from '@/components/selection-bar';
import type { BulkJob } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';

const server = recordedServer();
const job: BulkJob = {
  id: 'j-1', state: 'running', total: 3, progress: 0.4, remainingSeconds: 30, done: 1, refused: 0, undone: 0, kept: 0, startedBy: 'u-1', startedAt: '2026-05-03T02:00:00Z', reason: '盘点', parameters: { command: 'addTag', tag: '重点' }, fault: null,
};
interface Row { id: string; name: string }
const List = () => {
  const params = { filter: 'tier = "A"', sort: 'name' };
  const query = useList<Row>('customers', params);
  const selection = useSelection('customers', params, query.rows);
  const [open, setOpen] = useState(false);
  return (
    <>
      <PickButton selection={selection} />
      <BulkJobs resource="customers" open={open} onOpen={setOpen} />
      <SelectionBar resource="customers" params={params} selection={selection} hasMore={query.hasNextPage} without={['restore']} onStarted={() => setOpen(true)} />
      <DataList<Row> label="list" query={query} rowKey={(row) => row.id} rowName={(row) => row.name} selection={selection} columns={[{ key: 'name', title: 'name', width: 100, render: (row) => row.name }]} card={(row) => row.name} empty={null} />
    </>
  );
};
const rows = [{ id: 'c-1', name: '甲' }, { id: 'c-2', name: '乙' }];
/** A list of two rows and more behind them, and jobs as they come to be. */
const listed = (jobs: () => BulkJob[]) => [
  answers.get('users', page([])),
  answers.on('get', 'customers/bulk', () => HttpResponse.json({ data: jobs() })),
  answers.on('get', 'customers', (request) => {
    const asked = new URL(request.url).searchParams;
    // The page that follows takes its time.
    if (asked.has('cursor')) return new Promise<Response>(() => undefined);
    return HttpResponse.json(asked.get('count') === 'exact' ? { ...page([rows[0]]), count: 12345 } : { data: rows, page: { next: 'next', hasMore: true } });
  }),
];
const withoutRights = async (dropped: (right: string) => boolean, run: () => Promise<void>) => {
  const before = [...session.rights];
  session.rights.splice(0, session.rights.length, ...before.filter((right) => !dropped(right)));
  try { await run(); } finally { session.rights.splice(0, session.rights.length, ...before); }
};

describe('commands on many records', () => {
  it('are given to the picked ones, and shown as a job', async () => {
    const sent: unknown[] = [];
    server.use(...listed(() => (sent.length > 0 ? [job] : [])), answers.on('post', 'customers/bulk', async (request) => { sent.push(await request.json()); return HttpResponse.json(job, { status: 202 }); }));
    await renderScreen(<List />);
    await userEvent.click(await screen.findByRole('checkbox', { name: '选中乙' }));
    const bar = screen.getByRole('region', { name: '选中的记录' });
    expect(within(bar).getByRole('status').textContent).toBe('已选 1 条');
    expect(within(bar).queryByRole('button', { name: /恢\s*复/ })).toBeNull();
    await userEvent.click(within(bar).getByRole('button', { name: '添加标签' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('标签'), '重点');
    await userEvent.click(within(dialog).getByRole('button', { name: '执行（1 条）' }));
    expect(await within(dialog).findByText('必填')).toBeTruthy();
    await userEvent.type(within(dialog).getByLabelText('原因'), '盘点');
    await userEvent.click(within(dialog).getByRole('button', { name: '执行（1 条）' }));
    await waitFor(() => expect(sent).toEqual([{ command: 'addTag', tag: '重点', ids: ['c-2'], reason: '盘点' }]));
    expect(await screen.findByText('已处理 1 / 3 · 不到一分钟')).toBeTruthy();
    expect(screen.queryByRole('region', { name: '选中的记录' })).toBeNull();
  });

  it('are given to everything that matches, by the filter and not by its rows', async () => {
    const sent: unknown[] = [];
    server.use(...listed(() => []), answers.on('post', 'customers/bulk', async (request) => { sent.push(await request.json()); return HttpResponse.json(job, { status: 202 }); }));
    await renderScreen(<List />);
    await userEvent.click(await screen.findByRole('checkbox', { name: '选中已显示的全部' }));
    await userEvent.click(screen.getByRole('button', { name: '选中全部匹配的记录' }));
    expect(await screen.findByText('已选全部 12,345 条匹配的记录')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /归\s*档/ }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('原因'), '清理');
    await userEvent.click(within(dialog).getByRole('button', { name: '执行（12,345 条）' }));
    await waitFor(() => expect(sent).toEqual([{ command: 'archive', query: { filter: 'tier = "A"' }, reason: '清理' }]));
  });

  it('are those that one may give', () => withoutRights((right) => right === 'customers.delete' || right === 'customers.assign', async () => {
    server.use(...listed(() => []));
    await renderScreen(<List />);
    await userEvent.click(await screen.findByRole('checkbox', { name: '选中乙' }));
    const bar = screen.getByRole('region', { name: '选中的记录' });
    expect(within(bar).getAllByRole('button').map((button) => button.textContent?.replace(/\s/g, ''))).toEqual(['选中全部匹配的记录', '添加标签', '移除标签', '归档', '取消选择']);
  }));

  it('leave no boxes to who may give none', () => withoutRights((right) => right.startsWith('customers.') && right !== 'customers.view', async () => {
    server.use(...listed(() => []));
    await renderScreen(<List />);
    expect(await screen.findByText('甲')).toBeTruthy();
    expect(screen.queryByRole('checkbox')).toBeNull();
  }));
});

describe('the jobs of a list', () => {
  it('are found again, say what they left out, and are undone', async () => {
    const undone: string[] = [];
    const ended: BulkJob = { ...job, state: 'done', progress: 1, remainingSeconds: null, done: 2, refused: 1, parameters: { ...job.parameters, selected: '5' } };
    server.use(...listed(() => [ended]), answers.get('customers/bulk/j-1/faults', page([{ position: 2, resource: 'customers', recordId: 'c-7', recordName: '归档公司', code: 'archived', message: '客户已归档，请先恢复再修改。' }])),
      answers.on('post', 'customers/bulk/j-1/undo', (request) => { undone.push(request.url); return HttpResponse.json({ ...ended, state: 'undoing' }, { status: 202 }); }));
    await renderScreen(<List />);
    await userEvent.click(await screen.findByRole('button', { name: '批量任务' }));
    const card = await screen.findByRole('region', { name: '添加标签“重点”' });
    expect(within(card).getByRole('status').textContent).toBe('已完成 2 项、1 项未处理');
    expect(within(card).getByText('另有 2 条您没有权限处理。')).toBeTruthy();
    expect(await within(card).findByRole('link', { name: '归档公司' })).toBeTruthy();
    await userEvent.click(within(card).getByRole('button', { name: /撤\s*销/ }));
    await waitFor(() => expect(screen.getAllByRole('button', { name: /^撤\s*销$/ }).length).toBe(2));
    await userEvent.click(screen.getAllByRole('button', { name: /^撤\s*销$/ }).at(-1)!);
    await waitFor(() => expect(undone.length).toBe(1));
  });
});
