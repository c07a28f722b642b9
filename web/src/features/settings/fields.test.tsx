import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { CustomField } from '@/lib/api-types';
import { isVisible } from '@/lib/fields';
import { renderScreen, session } from '@/test/render';
import { answers, page, recordedServer } from '@/test/server';
import { SettingsPage } from './settings';

const server = recordedServer();
session.rights.push('custom-fields.view', 'custom-fields.change');
const field = (key: string, change: Partial<CustomField> = {}): CustomField => ({
  id: `f-${key}`, version: 1, createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-01-05T02:00:00Z', target: 'customers', key, type: 'text', referenceTo: null, unique: false, zh: `字段${key}`, en: `Field ${key}`,
  group: null, order: 10, helpZh: null, helpEn: null, choices: [], required: false, pattern: null, min: null, max: null, visibleWhen: null, personal: false, retired: false, ...change,
});

describe('custom fields', () => {
  it('are defined with their choices', async () => {
    let sent: Record<string, unknown> | undefined;
    server.use(answers.get('custom-fields', page([field('old', { retired: true })])), answers.on('post', 'custom-fields', async (request) => { sent = (await request.json()) as typeof sent; return HttpResponse.json(field('band'), { status: 201 }); }));
    await renderScreen(<SettingsPage />, '/settings?tab=fields');
    expect(await screen.findByRole('button', { name: '恢复字段 字段old' })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /新建字段/ }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByRole('textbox', { name: '中文名称' }), '档位');
    await userEvent.type(within(dialog).getByRole('textbox', { name: '英文名称' }), 'Band');
    await userEvent.type(within(dialog).getByRole('textbox', { name: /^代码/ }), 'band');
    await userEvent.click(within(dialog).getByRole('combobox', { name: '类型' }));
    await userEvent.click((await screen.findAllByText('单选')).find((each) => each.closest('.ant-select-dropdown'))!);
    await userEvent.click(await within(dialog).findByRole('button', { name: /添加选项/ }));
    await userEvent.type(within(dialog).getByRole('textbox', { name: '代码 1' }), 'gold');
    await userEvent.type(within(dialog).getByRole('textbox', { name: '中文名称 1' }), '金');
    await userEvent.click(within(dialog).getByRole('button', { name: /保\s*存/ }));
    await waitFor(() => expect(sent).toBeDefined());
    expect(sent).toMatchObject({ target: 'customers', key: 'band', type: 'choice', zh: '档位', en: 'Band', choices: [{ code: 'gold', zh: '金', en: '金', retired: false }] });
  });

  it('are visible by another field, and by one that is visible itself', () => {
    const partner = field('partner', { type: 'boolean', visibleWhen: { field: 'tier', values: ['A'] } });
    const since = field('since', { type: 'date', visibleWhen: { field: 'custom.partner', values: ['true'] } });
    const all = [partner, since];
    expect(isVisible(partner, { tier: 'B' }, all)).toBe(false);
    expect(isVisible(since, { tier: 'A', custom: { partner: true } }, all)).toBe(true);
    expect(isVisible(since, { tier: 'B', custom: { partner: true } }, all)).toBe(false);
    expect(isVisible(field('x', { visibleWhen: { field: 'custom.likes', values: ['tea'] } }), { custom: { likes: ['coffee', 'tea'] } }, all)).toBe(true);
  });
});
