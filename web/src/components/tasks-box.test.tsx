import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { TasksBox } from './tasks-box';

const server = recordedServer();
const task = { id: 't-1', version: 1, title: '寄合同', status: 'open', priority: 'high', dueDate: '2026-03-20', dueAt: '2026-03-20T16:00:00Z', assigneeId: 'u-1', assigneeName: '张伟', customerId: 'c-1', checklist: [{ text: '盖章', done: true }, { text: '装袋', done: false }], may: ['change'] };

describe('the tasks about a record', () => {
  it('are what is open, with what was done folded; ticked off and added there', async () => {
    const asked: string[] = [];
    let done: unknown; let made: unknown;
    server.use(
      answers.get('users', page([])), answers.get('customers', page([])),
      answers.on('get', 'tasks', (request) => {
        const filter = new URL(request.url).searchParams.get('filter')!;
        asked.push(filter);
        return HttpResponse.json(page(filter.includes('!=') ? [{ ...task, id: 't-0', title: '寄样品', status: 'done' }] : [task]));
      }),
      answers.on('post', 'tasks/t-1/complete', async (request) => { done = await request.json(); return HttpResponse.json(task); }),
      answers.on('post', 'tasks', async (request) => { made = await request.json(); return HttpResponse.json(task); }),
    );
    await renderScreen(<TasksBox field="opportunityId" id="o-1" about={{ customerId: 'c-1', customerName: '云帆科技', opportunityId: 'o-1' }} />);
    const box = await screen.findByRole('region', { name: '任务' });
    expect(await within(box).findByText('寄合同')).toBeTruthy();
    expect(box.textContent).toContain('张伟');
    expect(box.textContent).toContain('步骤 1/2');
    expect(within(box).queryByText('寄样品')).toBeNull();
    await userEvent.click(within(box).getByRole('button', { name: '显示已完成' }));
    expect(await within(box).findByText('寄样品')).toBeTruthy();
    expect(asked).toContain('opportunityId = "o-1" AND status = "open"');
    expect(asked).toContain('opportunityId = "o-1" AND status != "open"');
    await userEvent.click(within(box).getByRole('checkbox', { name: '完成：寄合同' }));
    await waitFor(() => expect(done).toEqual({ dueDate: '2026-03-20' }));
    await userEvent.click(within(box).getByRole('button', { name: '新建任务' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('任务'), '约时间');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s?存/ }));
    await waitFor(() => expect(made).toMatchObject({ title: '约时间', customerId: 'c-1', opportunityId: 'o-1', assigneeId: 'u-1' }));
  });
});
