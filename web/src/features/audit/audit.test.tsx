import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { session, renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { AuditPage } from './audit';
import { auditFilter } from './list-state';
import type { Operation, OperationDetails, OperationExport } from './types';

const server = recordedServer();
const operation: Operation = {
  id: 'e-7', sequence: 7, at: '2026-05-01T02:00:00Z', businessDate: null, actorId: 'u-1', actorName: '张伟', onBehalfOf: null, onBehalfOfName: null, personId: 'u-1', source: 'page', channel: 'page', address: '203.0.113.0/24',
  device: 'Chrome on Windows', reason: '年度评级', correlationId: 'c-1', causationId: null, type: 'customer_details_changed', resource: 'customer', recordId: 'r-1', recordName: '晨光贸易', version: 2,
};
const unknown: Operation = { ...operation, id: 'e-8', sequence: 8, type: 'something_new_happened', resource: 'something_new', recordName: null, reason: null, correlationId: 'c-2' };
const details: OperationDetails = {
  operation, changes: [{ field: 'tier', before: 'B', after: 'A' }], command: [operation, { ...operation, id: 'e-9', sequence: 9, type: 'customer_tagged' }], hasMore: false,
};
const file: OperationExport = { id: 'x-1', state: 'done', written: 2, total: 2, filter: 'type = "customer_tagged"', reason: '年度审计', requestedAt: '2026-05-01T02:00:00Z', expiresAt: '2026-05-04T02:00:00Z' };
const log = (rows: Operation[] = [operation, unknown]) => [answers.get('operation-log', page(rows)), answers.get('operation-log/retention', { years: null, since: null }), answers.get('users', page([]))];
const dialog = (title: string) => waitFor(() => {
  const found = screen.getAllByRole('dialog').find((each) => each.textContent.includes(title));
  if (!found) throw new Error(`There is no dialog ${title}.`);
  return found;
});
const withRight = async (rights: string[], run: () => Promise<void>) => {
  const before = [...session.rights];
  session.rights.push(...rights);
  try { await run(); } finally { session.rights.splice(0, session.rights.length, ...before); }
};

describe('the operation log', () => {
  it('tells who did what when from where and why, also of events it has no words for', () => withRight(['audit.view'], async () => {
    server.use(...log());
    await renderScreen(<AuditPage />, '/audit');
    const row = (await screen.findByRole('button', { name: '修改客户资料' })).closest('tr')!;
    for (const text of ['张伟', '晨光贸易', '页面 · 203.0.113.0/24 · Chrome on Windows', '年度评级']) expect(within(row).getByText(text)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'something new happened' })).toBeTruthy();
    expect(await screen.findByText('永久保留')).toBeTruthy();
  }));

  it('is closed to who may not see it, and asks nothing then', async () => {
    const before = [...session.rights];
    session.rights.splice(0, session.rights.length, 'customers.view');
    try {
      await renderScreen(<AuditPage />, '/audit');
      expect(await screen.findByText('你没有查看操作日志的权限')).toBeTruthy();
    } finally { session.rights.splice(0, session.rights.length, ...before); }
  });

  it('shows an operation with before and after and leads through its command', () => withRight(['audit.view'], async () => {
    server.use(...log(), answers.get('operation-log/7', details), answers.get('operation-log/9', { ...details, operation: details.command[1]!, changes: null }));
    const { router } = await renderScreen(<AuditPage />, '/audit?op=7');
    const drawer = await dialog('修改前后');
    const change = (await within(drawer).findByRole('rowheader', { name: '等级' })).closest('tr')!;
    expect(change.textContent).toContain('B');
    expect(change.textContent).toContain('A');
    expect(within(drawer).getByRole('link', { name: '客户 · 晨光贸易' }).getAttribute('href')).toBe('/customers/r-1');
    await userEvent.click(within(drawer).getByRole('button', { name: '添加客户标签' }));
    expect(await screen.findByText('你没有查看这类记录的权限')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '在列表中查看同一操作' }));
    await waitFor(() => expect(router.state.location.search).toEqual({ correlation: 'c-1' }));
  }));

  it('is exported with a reason and the filter of the list', () => withRight(['audit.view'], async () => {
    const sent: unknown[] = [];
    server.use(...log(), answers.get('operation-log/exports', { data: [file] }), answers.on('post', 'operation-log/exports', async (request) => { sent.push(await request.json()); return HttpResponse.json(file, { status: 202 }); }));
    await renderScreen(<AuditPage />, '/audit?type=%5B%22customer_tagged%22%5D');
    await userEvent.click(await screen.findByRole('button', { name: /导\s*出/ }));
    const question = await dialog('在后台进行');
    expect((await within(question).findByRole('link', { name: /下载 2 条$/ })).getAttribute('href')).toBe('/api/v1/operation-log/exports/x-1/file');
    await userEvent.click(within(question).getByRole('button', { name: '开始导出' }));
    expect(await within(question).findByText('请说明原因，它会被记录下来')).toBeTruthy();
    expect(sent).toEqual([]);
    await userEvent.type(within(question).getByLabelText('原因'), '年度审计');
    await userEvent.click(within(question).getByRole('button', { name: '开始导出' }));
    await waitFor(() => expect(sent).toEqual([{ filter: 'type = "customer_tagged"', reason: '年度审计' }]));
  }));

  it('is kept for a number of years that an administrator sets', () => withRight(['audit.view'], async () => {
    const sent: unknown[] = [];
    server.use(...log(), answers.on('put', 'operation-log/retention', async (request) => { sent.push(await request.json()); return HttpResponse.json({ years: 3, since: null }); }));
    await renderScreen(<AuditPage />, '/audit');
    await userEvent.click(await screen.findByRole('button', { name: '保留期限' }));
    const question = await dialog('事件本身和记录的变更历史不受影响');
    await userEvent.click(within(question).getByRole('radio', { name: '若干年' }));
    await userEvent.click(within(question).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toEqual([{ years: 3 }]));
  }));
});

describe('the filter of the log', () => {
  it('speaks the grammar of lists', () => {
    expect(auditFilter({})).toBeUndefined();
    expect(auditFilter({ q: ' 42 ' })).toBe('(sequence = 42 OR correlationId = "42")');
    expect(auditFilter({ q: '01900000-0000-7000-8000-0000000000e1' })).toBe('(recordId = "01900000-0000-7000-8000-0000000000e1" OR correlationId = "01900000-0000-7000-8000-0000000000e1")');
    expect(auditFilter({ q: 'a" OR x = "b' })).toBe('correlationId = "a\\" OR x = \\"b"');
    expect(auditFilter({ type: ['a', 'b'], actor: 'u', channel: 'api', from: '2026-01-01', to: '2026-01-31', record: 'r', correlation: 'c' }))
      .toBe('(type = "a" OR type = "b") AND personId = "u" AND channel = "api" AND at >= 2026-01-01 AND at <= 2026-01-31 AND recordId = "r" AND correlationId = "c"');
  });
});
