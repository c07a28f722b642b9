import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen, session } from '@/test/render';
import { OperationsPage } from './operations';
import type { DeadLetter, Figures, ProjectionStatus, QueueStatus } from './types';
import { bytesText, spanText } from './words';

const server = recordedServer();
const figures: Figures = {
  appendPerSecond: 12.5, conflictsPerMinute: 3, highWaterMark: 1_000_000, highWaterHeldSeconds: 0, highestSequence: 1_000_000, outboxOldestSeconds: 2, deadLetters: 1,
  pool: { used: 4, idle: 6, max: 100 }, databaseBytes: 2_500_000_000, eventsTotal: 999_999, requestsPerSecond: 40, p95Milliseconds: 35,
};
const running: ProjectionStatus = { name: 'customer.customers', lifecycle: 'async', version: 3, state: 'running', position: 1000, lag: 0, lagSeconds: 0, skipped: 0 };
const paused: ProjectionStatus = {
  ...running, name: 'customer.timeline', state: 'paused', lag: 12, lagSeconds: 30, error: 'event 990: InvalidOperationException', failedEvent: { sequence: 990, type: 'follow_up_logged', streamId: 's-1', at: '2026-05-01T02:00:00Z' },
};
const rebuilding: ProjectionStatus = {
  ...running, name: 'pipeline.opportunities', state: 'rebuilding', rebuild: { state: 'loading', done: 250, total: 1000, ratePerSecond: 50, remainingSeconds: 15, startedAt: '2026-05-01T02:00:00Z', startedBy: 'u-1', reason: '新版本' },
};
const queue: QueueStatus = { name: 'mail', ordered: true, external: true, waiting: 5, scheduled: 2, running: 1, oldestSeconds: 90, deadLetters: 1, handledPerMinute: 12 };
const letter: DeadLetter = {
  id: 'd-1', queue: 'mail', messageType: 'Crm.Service.SendMail', exceptionType: 'System.Net.Mail.SmtpException', exceptionMessage: 'The server is not reachable.', attempts: 5, sentAt: '2026-05-01T02:00:00Z', failedAt: '2026-05-01T03:00:00Z', replayable: true,
};
const nothing = [answers.get('operations/queues', { data: [queue] }), answers.get('operations/projections', { data: [running, paused, rebuilding] })];
/** By its title: generated ids, which name dialogs, are all alike in tests. */
const dialog = (title: string) => waitFor(() => {
  const found = screen.getAllByRole('dialog').find((each) => each.textContent.includes(title));
  if (!found) throw new Error(`There is no dialog ${title}.`);
  return found;
});
const recorded = (method: 'post', path: string, into: { path: string; body: unknown }[]) => answers.on(method, path, async (request) => {
  into.push({ path: new URL(request.url).pathname, body: await request.json() });
  return new HttpResponse(null, { status: 204 });
});

describe('the operations page', () => {
  it('shows figures, health in words and what each node leads', async () => {
    server.use(
      answers.get('operations/figures', figures), answers.get('operations/nodes', { data: [{ name: 'crm a:1', startedAt: '2026-05-01T02:00:00Z', leads: ['customer.customers'], connections: 7 }] }),
      http.get(/\/health\/ready$/, () => HttpResponse.json({ status: 'degraded', checks: { database: { status: 'healthy' }, projections: { status: 'degraded', description: 'Paused: customer.timeline' } } })),
    );
    await renderScreen(<OperationsPage />, '/operations');
    expect(within(await screen.findByRole('region', { name: '每秒写入事件' })).getByText('12.5')).toBeTruthy();
    expect(within(screen.getByRole('region', { name: '数据库连接' })).getByText('4 / 100')).toBeTruthy();
    const health = await screen.findByRole('region', { name: '健康检查' });
    expect(await within(health).findByText('降级运行')).toBeTruthy();
    expect(within(health).getByText('Paused: customer.timeline')).toBeTruthy();
    expect(await within(screen.getByRole('region', { name: '节点' })).findByText('crm a:1')).toBeTruthy();
  });

  it('is closed to who may not see it, and asks nothing then', async () => {
    const rights = [...session.rights];
    session.rights.splice(0, session.rights.length, 'customers.view');
    try {
      await renderScreen(<OperationsPage />, '/operations');
      expect(await screen.findByText('你没有查看运维页面的权限')).toBeTruthy();
    } finally { session.rights.splice(0, 1, ...rights); }
  });
});

describe('projections', () => {
  it('tell lag, failure and progress; a rebuild asks why', async () => {
    const sent: { path: string; body: unknown }[] = [];
    server.use(...nothing, recorded('post', 'operations/projections/customer.customers/rebuild', sent));
    await renderScreen(<OperationsPage />, '/operations?tab=projections');
    const table = await screen.findByRole('table', { name: '投影' });
    expect(within(table).getByText('已是最新')).toBeTruthy();
    expect(within(table).getByText('#990 follow_up_logged')).toBeTruthy();
    expect(within(table).getByRole('progressbar', { name: 'pipeline.opportunities 的重建进度' }).getAttribute('aria-valuenow')).toBe('25');
    expect(within(table).getByText('每秒 50 个 · 剩余 15秒')).toBeTruthy();
    const row = screen.getByRole('button', { name: 'customer.customers' }).closest('tr')!;
    await userEvent.click(within(row).getByRole('button', { name: /重\s*建/ }));
    const question = await dialog('重建 customer.customers');
    await userEvent.click(within(question).getByRole('button', { name: '开始重建' }));
    expect(await within(question).findByText('请说明原因，它会被记录下来')).toBeTruthy();
    await userEvent.type(within(question).getByLabelText('原因'), '字段变更');
    await userEvent.click(within(question).getByRole('button', { name: '开始重建' }));
    await waitFor(() => expect(sent).toEqual([{ path: '/api/v1/operations/projections/customer.customers/rebuild', body: { reason: '字段变更' } }]));
  });

  it('that are paused are tried again, or do without the event', async () => {
    const sent: { path: string; body: unknown }[] = [];
    server.use(...nothing, recorded('post', 'operations/projections/customer.timeline/(retry|skip)', sent));
    await renderScreen(<OperationsPage />, '/operations?tab=projections&projection=customer.timeline');
    const drawer = await dialog('customer.timeline');
    expect(within(drawer).getByRole('alert').textContent).toContain('#990');
    await userEvent.click(within(drawer).getByRole('button', { name: /重\s*试/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
    await userEvent.click(within(drawer).getByRole('button', { name: /跳\s*过/ }));
    const question = await dialog('跳过事件 #990');
    await userEvent.type(within(question).getByLabelText('原因'), '数据已更正');
    await userEvent.click(within(question).getByRole('button', { name: '跳过这个事件' }));
    await waitFor(() => expect(sent[1]?.body).toEqual({ sequence: 990, reason: '数据已更正' }));
  });

  it('whose rebuild failed name the event, which can be left out', async () => {
    const sent: { path: string; body: unknown }[] = [];
    const failed: ProjectionStatus = { ...running, rebuild: { ...rebuilding.rebuild!, state: 'failed', error: 'InvalidOperationException', failedSequence: 77 } };
    server.use(answers.get('operations/queues', { data: [] }), answers.get('operations/projections', { data: [failed] }), recorded('post', 'operations/projections/customer.customers/skip', sent));
    await renderScreen(<OperationsPage />, '/operations?tab=projections&projection=customer.customers');
    const drawer = await dialog('customer.customers');
    expect(within(drawer).getByText('#77')).toBeTruthy();
    await userEvent.click(within(drawer).getByRole('button', { name: /跳\s*过/ }));
    const question = await dialog('跳过事件 #77');
    await userEvent.type(within(question).getByLabelText('原因'), '数据已更正');
    await userEvent.click(within(question).getByRole('button', { name: '跳过这个事件' }));
    await waitFor(() => expect(sent).toEqual([{ path: '/api/v1/operations/projections/customer.customers/skip', body: { sequence: 77, reason: '数据已更正' } }]));
  });
});

describe('messages', () => {
  it('lead from a queue to its dead letters', async () => {
    server.use(...nothing, answers.get('operations/dead-letters', page([letter])));
    await renderScreen(<OperationsPage />, '/operations?tab=messages');
    await userEvent.click(await screen.findByRole('button', { name: '查看 mail 的死信（1）' }));
    expect(await screen.findByRole('button', { name: 'SendMail' })).toBeTruthy();
    expect(screen.getByText(/SmtpException/)).toBeTruthy();
  });

  it('that were given up are looked at, run again together, and discarded with a reason', async () => {
    const sent: { path: string; body: unknown }[] = [];
    const another = { ...letter, id: 'd-2' };
    server.use(...nothing, answers.get('operations/dead-letters', page([letter, another])), answers.get('operations/dead-letters/d-1', { ...letter, body: { to: '***' } }), recorded('post', 'operations/dead-letters/(replay|d-1/discard)', sent));
    await renderScreen(<OperationsPage />, '/operations?tab=messages&view=dead');
    await userEvent.click(await screen.findByRole('checkbox', { name: '全选' }));
    await userEvent.click(screen.getByRole('button', { name: '重新执行（2）' }));
    await waitFor(() => expect(sent[0]?.body).toEqual({ ids: ['d-1', 'd-2'] }));
    await userEvent.click(screen.getAllByRole('button', { name: 'SendMail' })[0]!);
    const drawer = await dialog('死信');
    expect(await within(drawer).findByText(/\*\*\*/)).toBeTruthy();
    await userEvent.click(within(drawer).getByRole('button', { name: /丢\s*弃/ }));
    const question = await dialog('丢弃 1 条消息');
    await userEvent.type(within(question).getByLabelText('原因'), '收件人已离职');
    await userEvent.click(within(question).getByRole('button', { name: /丢\s*弃/ }));
    await waitFor(() => expect(sent[1]).toEqual({ path: '/api/v1/operations/dead-letters/d-1/discard', body: { reason: '收件人已离职' } }));
  });

  it('that are scheduled can be cancelled', async () => {
    const sent: { path: string; body: unknown }[] = [];
    server.use(...nothing, answers.get('operations/messages', page([{ id: 'm-1', queue: 'mail', messageType: 'Crm.Service.Remind', status: 'scheduled', dueAt: '2026-05-02T02:00:00Z', attempts: 0, sentAt: '2026-05-01T02:00:00Z' }])), recorded('post', 'operations/messages/m-1/cancel', sent));
    await renderScreen(<OperationsPage />, '/operations?tab=messages&view=scheduled');
    const row = (await screen.findByText('Remind')).closest('tr')!;
    await userEvent.click(within(row).getByRole('button', { name: /取\s*消/ }));
    await userEvent.click(within(await screen.findByRole('tooltip')).getByRole('button', { name: /取\s*消/ }));
    await waitFor(() => expect(sent).toHaveLength(1));
  });
});

describe('words', () => {
  it('fit the size of what they tell', () => {
    expect(spanText(0.25, 'en')).toBe('250 ms');
    expect(spanText(12, 'en')).toBe('12 sec');
    expect(spanText(3_700, 'en')).toBe('1 hr 1 min');
    expect(bytesText(2_500_000_000, 'en')).toBe('2.5 GB');
    expect(bytesText(0, 'en')).toBe('0 byte');
  });
});
