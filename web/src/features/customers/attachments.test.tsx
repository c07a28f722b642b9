import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Attachment, Customer, TimelineItem } from '@/lib/api-types';
import { answers, page, recordedServer } from '@/test/server';
import { renderScreen } from '@/test/render';
import { AttachmentsBox } from './attachments-box';
import { TimelineBody } from './timeline-body';

const server = recordedServer();
const mebibyte = 1 << 20;
const customer: Customer = {
  id: 'c-1', version: 4, kind: 'company', name: '云帆科技', lifecycle: 'won', tags: [], ownerId: 'u-1', createdAt: '2026-01-05T02:00:00Z', createdBy: 'u-1', updatedAt: '2026-05-01T02:00:00Z',
  externalKeys: {}, contacts: [], consents: [], shares: [], followUpCount: 0, completeness: 0.5, archived: false, deleted: false, erased: false, custom: {}, may: ['change'],
} as unknown as Customer;
const attachment: Attachment = {
  id: 'a-1', name: '合同.pdf', kind: 'contractScan', size: 1_300_000, contentType: 'application/pdf', sha256: 'ab', contactId: null, followUpId: null, createdBy: 'u-1', createdByName: '张伟', createdAt: '2026-05-01T02:00:00Z',
};
const people = answers.get('users', page([]));
const list = (rows: Attachment[]) => answers.get('customers/c-1/attachments', page(rows));
const choose = (file: File) => fireEvent.change(screen.getByTestId('files'), { target: { files: [file] } });
const upload = (offset: number, size: number, complete = false) => ({ id: 'a-2', offset, size, complete, partSize: mebibyte });

describe('attachments', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('show small pictures once they are in view, and no large ones', async () => {
    let look: (() => void) | undefined;
    vi.stubGlobal('IntersectionObserver', class {
      constructor(tell: (entries: { isIntersecting: boolean }[]) => void) { look = () => tell([{ isIntersecting: true }]); }
      observe() { /* The test says when. */ }
      disconnect() { /* Nothing is held. */ }
    });
    const picture = { ...attachment, id: 'a-7', name: '现场.png', contentType: 'image/png' };
    server.use(people, list([picture, { ...picture, id: 'a-8', name: '全景.png', size: 3_000_000 }, attachment]));
    const { container } = await renderScreen(<AttachmentsBox customer={customer} />);
    await screen.findByRole('button', { name: '预览 现场.png' });
    const pictures = () => [...container.querySelectorAll('img')].map((each) => each.getAttribute('src'));
    expect(pictures()).toEqual([null]);
    look?.();
    await waitFor(() => expect(pictures()).toEqual([expect.stringMatching(/customers\/c-1\/attachments\/a-7\/preview$/)]));
  });

  it('are restored from where the timeline tells their removal, unless they are there', async () => {
    const removal = (id: string) => ({ id: `e-${id}`, kind: 'attachment', type: 'attachment_removed', title: '合同.pdf', data: { attachmentId: id } }) as unknown as TimelineItem;
    const restored: string[] = [];
    server.use(people, answers.get('pipelines', page([])), list([attachment]), answers.on('post', 'customers/c-1/attachments/a-9/restore', (request) => { restored.push(request.url); return HttpResponse.json({ ...attachment, id: 'a-9' }); }));
    await renderScreen(<><TimelineBody customer={customer} item={removal('a-1')} /><TimelineBody customer={customer} item={removal('a-9')} /></>);
    await userEvent.click(await screen.findByRole('button', { name: /恢\s?复/ }));
    await screen.findByText('附件已恢复');
    expect(restored).toHaveLength(1);
  });

  it('show a PDF in a frame of the page and offer the file', async () => {
    server.use(people, list([attachment]));
    await renderScreen(<AttachmentsBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '预览 合同.pdf' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByTitle('合同.pdf').getAttribute('src')).toContain('customers/c-1/attachments/a-1/preview');
    expect(within(dialog).getByRole('link', { name: /下载/ }).getAttribute('href')).toContain('customers/c-1/attachments/a-1/content');
  });

  it('go on at the place the server tells, and are sent once', async () => {
    const file = new File([new Uint8Array(mebibyte + 5)], '验收.bin', { lastModified: 1 });
    const sent: (string | null)[] = [];
    let held = 0;
    server.use(
      people, list([]),
      answers.on('post', 'customers/c-1/attachments/uploads', async (request) => { expect(await request.json()).toEqual({ name: '验收.bin', size: mebibyte + 5, kind: 'other', sha256: '005d020dceb0c8d8865e66b06e30e8b1113ba10b1821865430130ddd73b3c155' }); return HttpResponse.json(upload(0, file.size), { status: 201 }); }),
      answers.on('get', 'customers/c-1/attachments/uploads/a-2', () => HttpResponse.json(upload(held, file.size))),
      answers.on('patch', 'customers/c-1/attachments/uploads/a-2', (request) => {
        sent.push(request.headers.get('Upload-Offset'));
        // The first answer is lost on its way: the bytes are there.
        if (sent.length === 1) { held = mebibyte; return answers.problem(409, { code: 'offset_mismatch', status: 409, offset: mebibyte }); }
        return HttpResponse.json({ ...attachment, id: 'a-2', name: '验收.bin' }, { status: 201 });
      }),
    );
    await renderScreen(<AttachmentsBox customer={customer} />);
    await screen.findByText('还没有附件');
    choose(file);
    expect(await screen.findByText('验收.bin 已上传')).toBeTruthy();
    expect(sent).toEqual(['0', String(mebibyte)]);
    expect(screen.queryByRole('button', { name: '取消 验收.bin' })).toBeNull();
  });

  it('say why one is refused, and it can be given up', async () => {
    server.use(people, list([]), answers.on('post', 'customers/c-1/attachments/uploads', () => answers.problem(415, { code: 'file_type_refused', status: 415, detail: '不接受可执行文件、网页和脚本。' })));
    await renderScreen(<AttachmentsBox customer={customer} />);
    await screen.findByText('还没有附件');
    choose(new File(['MZ'], '程序.exe', { lastModified: 2 }));
    expect(await screen.findByText('不接受可执行文件、网页和脚本。')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '取消 程序.exe' }));
    await waitFor(() => expect(screen.queryByText('程序.exe')).toBeNull());
  });

  it('are taken off and put back', async () => {
    const done: string[] = [];
    server.use(
      people, list([attachment]),
      answers.on('delete', 'customers/c-1/attachments/a-1', () => { done.push('removed'); return new HttpResponse(null, { status: 204 }); }),
      answers.on('post', 'customers/c-1/attachments/a-1/restore', () => { done.push('restored'); return HttpResponse.json(attachment); }),
    );
    await renderScreen(<AttachmentsBox customer={customer} />);
    await userEvent.click(await screen.findByRole('button', { name: '移除 合同.pdf' }));
    await userEvent.click(await screen.findByRole('button', { name: /撤\s?销/ }));
    await waitFor(() => expect(done).toEqual(['removed', 'restored']));
  });
});
