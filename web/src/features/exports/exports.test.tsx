import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { DataList } from '@/components/data-list';
import { ExportButton } from '@/components/export-button';
import { SelectionBar, useSelection } from '@/components/selection-bar';
import type { ExportJob } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { ExportsPage } from './exports';

const server = recordedServer();
const job: ExportJob = {
  id: 'x-1', version: 3, createdAt: '2026-05-01T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', resource: 'customers', format: 'csv', columns: ['name'], status: 'completed', reason: '盘点',
  requestedBy: 'u-1', total: 12000, expiresAt: '2026-05-08T02:00:00Z', written: 12000, progress: 1, available: true,
};
const withRights = async (rights: string[], run: () => Promise<void>) => {
  const before = [...session.rights];
  session.rights.push(...rights);
  try { await run(); } finally { session.rights.splice(0, session.rights.length, ...before); }
};
interface Row { id: string; name: string }
const List = () => {
  const params = { filter: 'tier = "A"', sort: 'name' };
  const query = useList<Row>('customers', params);
  const selection = useSelection('customers', params, query.rows);
  return (
    <>
      <ExportButton resource="customers" params={params} selection={selection} />
      <SelectionBar resource="customers" params={params} selection={selection} hasMore={query.hasNextPage} />
      <DataList<Row> label="list" query={query} rowKey={(row) => row.id} rowName={(row) => row.name} selection={selection} columns={[{ key: 'name', title: 'name', width: 100, render: (row) => row.name }]} card={(row) => row.name} empty={null} />
    </>
  );
};
const rows = answers.get('customers', page([{ id: 'c-1', name: '甲' }, { id: 'c-2', name: '乙' }]));
const resources = answers.get('exports/resources', [{ resource: 'customers', columns: [{ field: 'name', name: '名称', nameEn: 'Name', masked: false }, { field: 'phone', name: '电话', nameEn: 'Phone', masked: true }] }]);

describe('exporting a list', () => {
  it('is not offered to who may not', async () => {
    server.use(rows);
    await renderScreen(<List />);
    expect(await screen.findByText('甲')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /导\s*出/ })).toBeNull();
  });

  it('sends what the list is filtered and sorted by, the columns in its order, and what is picked', () => withRights(['customers.export'], async () => {
    const sent: unknown[] = [];
    server.use(rows, resources, answers.on('post', 'exports', async (request) => { sent.push(await request.json()); return HttpResponse.json(job, { status: 202 }); }));
    const { router } = await renderScreen(<List />);
    await userEvent.click(await screen.findByRole('checkbox', { name: '选中乙' }));
    expect(screen.getByText('已选 1 条')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /导\s*出/ }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('导出选中的 1 条记录。')).toBeTruthy();
    const phone = within(dialog).getByRole('checkbox', { name: '电话（脱敏）' });
    const name = within(dialog).getByRole('checkbox', { name: '名称' });
    await userEvent.click(name);
    await userEvent.click(name);
    expect((phone as HTMLInputElement).checked).toBe(true);
    await userEvent.click(within(dialog).getByRole('button', { name: /^导\s*出$/ }));
    expect(await within(dialog).findByText('请说明原因，至少两个字')).toBeTruthy();
    await userEvent.type(within(dialog).getByLabelText('原因'), '盘点');
    await userEvent.click(within(dialog).getByRole('button', { name: /^导\s*出$/ }));
    await waitFor(() => expect(sent).toEqual([{ resource: 'customers', filter: 'tier = "A"', sort: 'name', ids: ['c-2'], columns: ['name', 'phone'], format: 'xlsx', reason: '盘点' }]));
    await waitFor(() => expect(router.state.location.pathname).toBe('/exports'));
  }));
});

describe('the exports', () => {
  it('are fetched by who asked for them, shown while they are written, and cancelled', async () => {
    const cancelled: string[] = [];
    const running: ExportJob = { ...job, id: 'x-2', status: 'running', reason: '在写', written: 5000, progress: 0.4166, remainingSeconds: 14, available: false };
    const theirs: ExportJob = { ...job, id: 'x-3', reason: '别人的', requestedBy: 'u-9' };
    const failed: ExportJob = { ...job, id: 'x-4', reason: '坏了', status: 'failed', fault: 'rights_changed', available: false };
    server.use(answers.get('users', page([])), answers.get('exports', page([job, running, theirs, failed])), answers.on('post', 'exports/x-2/cancel', () => { cancelled.push('x-2'); return HttpResponse.json({ ...running, status: 'cancelled' }); }));
    await renderScreen(<ExportsPage />, '/exports');
    const row = async (reason: string) => within((await screen.findByText(reason)).closest('tr')!);
    expect((await row('盘点')).getByRole('link', { name: /下\s*载/ }).getAttribute('href')).toBe('/api/v1/exports/x-1/file');
    expect((await row('在写')).getByText('5,000 / 12,000 · 约剩 14 秒')).toBeTruthy();
    expect((await row('别人的')).queryByRole('link')).toBeNull();
    expect((await row('坏了')).getByText('您的权限在此期间有变化，请重新导出。')).toBeTruthy();
    await userEvent.click((await row('在写')).getByRole('button', { name: /取\s*消/ }));
    await waitFor(() => expect(cancelled).toEqual(['x-2']));
  });
});
