import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { BlameProvider } from '@/components/blame';
import { FieldEditor } from '@/components/field-editor';
import { queryClient } from '@/lib/query-client';
import { sessionKey } from '@/lib/session';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { customerListParams, customerListState } from './list-state';
import { PoolPage } from './pool';

const server = recordedServer();
const pooled = {
  id: 'c-7', name: '海风渔业', kind: 'company', lifecycle: 'potential', industry: '渔业', phone: '138****5678', pooledAt: '2026-05-01T02:00:00Z', poolCause: 'recycled', formerOwnerId: 'u-2', formerOwnerName: '李娜', createdAt: '2026-01-05T02:00:00Z',
};
const share = answers.get('pool/mine', { held: 3, holdingCap: 10, claimedToday: 1, dailyClaimCap: 5, soonRecycled: 2 });

describe('the pool', () => {
  it('shows who is there, what may still be claimed, and says who was faster', async () => {
    let claims = 0;
    server.use(share, answers.get('pool', page([pooled])), answers.on('post', 'customers/c-7/claim', () => {
      claims += 1;
      return claims === 1 ? answers.problem(409, { code: 'already_claimed', title: '冲突', detail: '客户已被 李娜 领取。' }) : HttpResponse.json({ id: 'c-7' });
    }));
    const { history } = await renderScreen(<PoolPage />, '/pool');
    queryClient.setQueryData(sessionKey, { ...session, rights: [...session.rights, 'customers.claim'] });
    expect(await screen.findByText('海风渔业')).toBeTruthy();
    expect(await screen.findByText(/上限 10 个/)).toBeTruthy();
    expect(screen.getByText(/今天还可领取 4 个/)).toBeTruthy();
    expect(screen.getByText('超期回收')).toBeTruthy();
    await userEvent.click(await screen.findByRole('button', { name: '领取海风渔业' }));
    expect(await screen.findByText('客户已被 李娜 领取。')).toBeTruthy();
    expect(history.location.pathname).toBe('/pool');
    await userEvent.click(screen.getByRole('button', { name: '领取海风渔业' }));
    await waitFor(() => expect(history.location.pathname).toBe('/customers/c-7'));
  });

  it('is claimed in one command for what is picked, and says what was not got and why', async () => {
    let sent: unknown;
    const other = { ...pooled, id: 'c-8', name: '山风林业' };
    server.use(share, answers.get('pool', page([pooled, other])), answers.on('post', 'pool/claim', async (request) => {
      sent = await request.json();
      return HttpResponse.json({ claimed: 1, refused: 1, results: [{ id: 'c-7', name: '海风渔业', claimed: true }, { id: 'c-8', name: null, claimed: false, code: 'already_claimed', message: '客户已被 李娜 领取。' }] });
    }));
    await renderScreen(<PoolPage />, '/pool');
    queryClient.setQueryData(sessionKey, { ...session, rights: [...session.rights, 'customers.claim'] });
    await userEvent.click(await screen.findByRole('checkbox', { name: /海风渔业/ }));
    await userEvent.click(screen.getByRole('checkbox', { name: /山风林业/ }));
    await userEvent.click(screen.getByRole('button', { name: '领取 2 个' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('已领取 1 个客户');
    expect(dialog.textContent).toContain('山风林业 · 客户已被 李娜 领取。');
    expect(sent).toEqual({ ids: ['c-7', 'c-8'] });
  });

  it('is warned of in the list of customers', () => {
    expect(customerListParams(customerListState.parse({ owner: 'me', soon: true }), 'u-1').filter).toBe('ownerId = "u-1" AND recycleOn != null');
  });
});

describe('a field', () => {
  it('says by key who gave it its value, why, and where in the history', async () => {
    server.use(answers.get('customers/c-7/blame', {
      fields: { phone: 'e-2' },
      events: [{ eventId: 'e-2', sequence: 42, version: 2, type: 'customer_details_changed', at: '2026-05-01T02:00:00Z', effectiveAt: '2026-05-01T02:00:00Z', actorId: 'u-2', actorName: '李娜', source: 'bulk:1', reason: '客户换号', causes: [{ eventId: 'e-1', sequence: 40, type: 'bulk_job_started', at: '2026-05-01T01:00:00Z', actorId: 'u-3', actorName: '王经理', source: 'page' }] }],
    }));
    await renderScreen(<BlameProvider resource="customers" id="c-7" eventLabel={() => '修改资料'}><dl><FieldEditor kind="text" field="phone" label="电话" value="138****5678" /></dl></BlameProvider>, '/customers/c-7');
    const mark = await screen.findByRole('button', { name: '谁在何时填写' });
    mark.focus();
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText('李娜')).toBeTruthy();
    expect(screen.getByText(/客户换号/)).toBeTruthy();
    expect(screen.getByText(/王经理/)).toBeTruthy();
    expect(screen.getByRole('link', { name: '在历史中查看' }).getAttribute('href')).toContain('#history-42');
  });
});
