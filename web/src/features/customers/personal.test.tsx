import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Customer } from '@/lib/api-types';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';
import { ConsentsBox } from './consents-box';
import { ContactsBox } from './contacts-box';
import { CustomerDetails } from './customer-details';
import EraseDialog from './erase-dialog';
import { RevealProvider } from './reveal';

const server = recordedServer();
const customer: Customer = {
  id: 'c-1', version: 4, kind: 'person', name: '王芳', lifecycle: 'intent', tags: [], phone: '138****1234', email: 'w***@x.cn', idNumber: '110*************2X', ownerId: 'u-1', ownerName: '张伟',
  createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', externalKeys: {}, contacts: [], consents: [], shares: [], followUpCount: 0, inPool: false, completeness: 0.5,
  archived: false, deleted: false, erased: false, custom: {}, merges: [], notDuplicates: [], phoneInvalid: false, emailInvalid: false,
};
const contact = { id: 'k-1', name: '李雷', phone: '139****5678', birthday: '****-05-12', isPrimary: true, erased: false };
const people = answers.get('users', page([]));

describe('a masked value', () => {
  it('is shown to who says why, and nothing but the asked field is sent', async () => {
    const sent: unknown[] = [];
    server.use(people, answers.on('post', 'customers/c-1/reveal', async (request) => { sent.push(await request.json()); return HttpResponse.json({ phone: '13800131234' }); }));
    await renderScreen(<RevealProvider customer={customer}><CustomerDetails customer={customer} /></RevealProvider>);
    expect(await screen.findByText('138****1234')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '显示完整的电话' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: /显\s?示/ }));
    expect(await within(dialog).findByText('请填写原因，至少两个字')).toBeTruthy();
    await userEvent.type(within(dialog).getByLabelText('原因'), '回访客户');
    await userEvent.click(within(dialog).getByRole('button', { name: /显\s?示/ }));
    expect(await screen.findByText('13800131234')).toBeTruthy();
    expect(sent).toEqual([{ fields: ['phone'], reason: '回访客户' }]);
    expect(screen.queryByRole('button', { name: '显示完整的电话' })).toBeNull();
    expect(screen.getByText('w***@x.cn')).toBeTruthy();
  });

  it('of a contact does not come back when something else is changed', async () => {
    let sent: unknown;
    server.use(people, answers.get('customers/c-1/contacts', page([contact])), answers.on('patch', 'customers/c-1/contacts/k-1', async (request) => { sent = await request.json(); return HttpResponse.json(contact); }));
    await renderScreen(<RevealProvider customer={customer}><ContactsBox customer={customer} /></RevealProvider>);
    await userEvent.click(await screen.findByRole('button', { name: '编辑联系人 李雷' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('职位'), '经理');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s?存/ }));
    await waitFor(() => expect(sent).toEqual({ position: '经理' }));
  });
});

describe('erasing', () => {
  it('wants grounds and the name typed', async () => {
    let sent: unknown;
    server.use(answers.get('customers/c-1/contacts', page([contact])), answers.get('tasks', { ...page([{ id: 't-1', title: '给王芳回电', erased: false }]), count: 12 }), answers.on('post', 'customers/c-1/erase', async (request) => { sent = await request.json(); return HttpResponse.json({}); }));
    await renderScreen(<EraseDialog customer={customer} onClose={() => {}} />);
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('此操作无法撤销，任何人都无法恢复。')).toBeTruthy();
    expect(await within(dialog).findByText('与此客户相关的 12 个任务的内容也将永久删除：')).toBeTruthy();
    expect(within(dialog).getByText('给王芳回电')).toBeTruthy();
    await userEvent.type(within(dialog).getByLabelText('请输入“王芳”以确认'), '王');
    await userEvent.click(within(dialog).getByRole('button', { name: '永久删除' }));
    expect(await within(dialog).findByText('与名称不一致')).toBeTruthy();
    expect(await within(dialog).findByText('请选择依据')).toBeTruthy();
    expect(sent).toBeUndefined();
    await userEvent.type(within(dialog).getByLabelText('请输入“王芳”以确认'), '芳');
    await userEvent.click(within(dialog).getByLabelText('依据'));
    await userEvent.click(await screen.findByText('本人要求删除'));
    await userEvent.click(within(dialog).getByRole('button', { name: '永久删除' }));
    await waitFor(() => expect(sent).toEqual({ reason: 'request' }));
  });
});

describe('consents', () => {
  it('are withdrawn where they stand', async () => {
    let sent: unknown;
    const consent = { id: 's-1', contactId: 'k-1', purpose: '产品资讯', textVersion: '2026-03', channel: 'web', givenOn: '2026-03-16' };
    server.use(answers.get('customers/c-1/contacts', page([contact])), answers.get('customers/c-1/consents', page([consent])),
      answers.on('post', 'customers/c-1/consents/s-1/withdraw', async (request) => { sent = await request.json(); return HttpResponse.json(consent); }));
    await renderScreen(<ConsentsBox customer={customer} />);
    expect(await screen.findByText('产品资讯')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /撤\s?回/ }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s?存/ }));
    await waitFor(() => expect(sent).toEqual({ channel: 'written' }));
  });
});
