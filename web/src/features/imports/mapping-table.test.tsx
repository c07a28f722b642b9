import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { ImportJob } from '@/lib/api-types';
import { renderScreen } from '@/test/render';
import { MappingTable } from './mapping-table';
import type { ImportTarget } from './use-import';

const target: ImportTarget = {
  target: 'customers', name: '客户', nameEn: 'Customers', customFields: true, externalKeys: true, matchKeys: ['externalKeys', 'name', 'email'],
  fields: [{ code: 'name', name: '名称', nameEn: 'Name', required: true, type: 'text', choices: [] }, { code: 'industry', name: '行业', nameEn: 'Industry', required: false, type: 'text', choices: [] }],
};
const detected = { type: 'text' as const, ambiguous: false, distinct: 2, blanks: 0 };
const job: ImportJob = {
  id: 'i-1', version: 2, createdAt: '2026-05-01T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z', fileName: 'accounts.csv', size: 100, status: 'checked', target: 'customers', targetGuessed: true, format: { kind: 'csv', encoding: 'utf-8', bom: false, headerRow: 1, rows: 2 }, values: [],
  columns: [
    { name: 'account', index: 0, samples: ['Acme', 'Betasoloin'], detected, field: 'name', confidence: 0.95 }, { name: 'sector', index: 1, samples: ['retail'], detected, field: null, confidence: 0 },
    { name: 'since', index: 2, samples: ['03-04-2016'], detected: { ...detected, type: 'date', format: 'dd-MM-yyyy', ambiguous: true, alternatives: ['MM-dd-yyyy'] }, field: 'custom.since', confidence: 0.5 },
  ],
  options: { pipelineId: null, mode: 'createAndUpdate', blank: 'keep', ownerId: null, businessDateField: null, currency: null, duplicates: 'skip', match: null }, notes: [], totals: { rows: 2, created: 2, updated: 0, unchanged: 0, skipped: 0, failed: 0, warnings: 0 }, progress: 1,
};

describe('the mapping of an import', () => {
  it('shows samples and what was detected, offers a field once, and sends what is chosen', async () => {
    const changes: object[] = [];
    await renderScreen(<MappingTable job={job} targets={[target]} target={target} editable onChange={(body) => changes.push(body)} />);
    const row = (await screen.findByRole('rowheader', { name: 'sector' })).closest('tr')!;
    expect(within(row).getByText('retail')).toBeTruthy();
    await userEvent.click(within(row).getByRole('combobox'));
    const taken = (await screen.findAllByText('名称 *')).map((each) => each.closest('.ant-select-item-option-disabled')).find(Boolean);
    expect(taken).toBeTruthy();
    await userEvent.click(await screen.findByText('行业'));
    expect(changes).toEqual([{ columns: [{ name: 'sector', field: 'industry', format: null, blank: null }] }]);
  });

  it('asks which way an ambiguous date is written', async () => {
    const changes: object[] = [];
    await renderScreen(<MappingTable job={job} targets={[target]} target={target} editable onChange={(body) => changes.push(body)} />);
    await userEvent.click(await screen.findByRole('combobox', { name: /since.*日期|日期.*since/ }));
    await userEvent.click(await screen.findByText('MM-dd-yyyy'));
    expect(changes).toEqual([{ columns: [{ name: 'since', field: 'custom.since', format: 'MM-dd-yyyy', blank: null }] }]);
  });

  it('says how the cells of a reference may be written', async () => {
    const owner = { code: 'ownerId', name: '负责人', nameEn: 'Owner', required: false, type: 'reference', choices: [], referenceTo: 'users' };
    const column = { name: 'agent', index: 3, samples: ['lee@example.com'], detected, field: 'ownerId', confidence: 1 };
    await renderScreen(<MappingTable job={{ ...job, columns: [...job.columns, column] }} targets={[target]} target={{ ...target, fields: [...target.fields, owner] }} editable onChange={() => undefined} />);
    const row = (await screen.findByRole('rowheader', { name: 'agent' })).closest('tr')!;
    expect(within(row).getByText(/用户名、邮箱或姓名/)).toBeTruthy();
    expect(within((await screen.findByRole('rowheader', { name: 'account' })).closest('tr')!).queryByText(/用户名、邮箱或姓名/)).toBeNull();
  });
});
