import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { renderScreen } from '@/test/render';
import { RowChanges } from './row-changes';
import type { ImportTarget } from './use-import';

const target: ImportTarget = { target: 'customers', name: '客户', nameEn: 'Customers', customFields: true, externalKeys: true, matchKeys: [], fields: [{ code: 'industry', name: '行业', nameEn: 'Industry', required: false, type: 'text', choices: [] }] };

describe('what a row changes', () => {
  it('shows each field before and after, and a blank as a blank', async () => {
    await renderScreen(<RowChanges target={target} conflicts={[]} changes={[{ field: 'industry', before: '零售', after: '软件' }, { field: 'custom.年收入', before: null, after: 5 }, { field: 'tags', before: ['甲'], after: ['甲', '乙'] }]} />);
    const [industry, revenue, tags] = (await screen.findAllByRole('listitem')).map((item) => item.textContent);
    expect(industry).toBe('行业 零售 → 软件');
    expect(revenue).toBe('年收入 （空） → 5');
    expect(tags).toContain('甲 → 甲, 乙');
  });

  it('names what a revert left, and who changed it', async () => {
    await renderScreen(<RowChanges target={target} changes={[]} conflicts={[{ field: 'industry', imported: '软件', current: '矿业', changedByName: '王建国', changedAt: '2026-05-01T02:00:00Z' }]} />);
    const item = await screen.findByRole('listitem');
    for (const part of ['行业', '软件', '矿业', '王建国']) expect(item.textContent).toContain(part);
  });
});
