import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { CustomerFollowUp } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { FollowUps } from './follow-ups';

const server = recordedServer();
const entry = {
  id: 'f-1', customerId: 'c-1', customerName: '云帆科技', at: '2026-05-01T02:00:00Z', method: 'visit', summary: '看样品', next: { at: '2026-05-08T02:00:00Z', goal: '送方案', ownerId: null },
  authorId: 'u-1', authorName: '张伟', createdAt: '2026-05-01T03:00:00Z',
} as unknown as CustomerFollowUp;

describe('follow-ups of all customers', () => {
  it('are those one wrote, asked by method and period', async () => {
    const asked: (string | null)[] = [];
    server.use(answers.on('get', 'follow-ups', (request) => { asked.push(new URL(request.url).searchParams.get('filter')); return Response.json(page([entry])); }));
    const choose = vi.fn();
    await renderScreen(<FollowUps choice={{ from: '2026-05-01', to: '2026-05-31' }} onChoose={choose} />);
    expect((await screen.findByRole('link', { name: '云帆科技' })).getAttribute('href')).toBe('/customers/c-1');
    await screen.findByText('看样品');
    await screen.findByText(/送方案/);
    await waitFor(() => expect(asked.at(-1)).toMatch(/^authorId = ".+" AND at >= 2026-05-01 AND at <= 2026-05-31$/));
    await userEvent.click(screen.getByRole('combobox', { name: '方式' }));
    await userEvent.click(await screen.findByTitle('拜访'));
    expect(choose).toHaveBeenCalledWith({ from: '2026-05-01', to: '2026-05-31', method: 'visit' });
  });
});
