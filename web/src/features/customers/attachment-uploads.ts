import { useSyncExternalStore } from 'react';
import type { Attachment, AttachmentKind, AttachmentUpload } from '@/lib/api-types';
import { dropDraft, readDraft, writeDraft } from '@/lib/drafts';
import { get, post, remove, send } from '@/lib/http';
import { isProblem } from '@/lib/problem';

/** A file on its way. It goes on while the user is on other pages, and after a reload when the same file is chosen again. */
export interface Upload {
  key: string;
  customerId: string;
  name: string;
  size: number;
  offset: number;
  state: 'running' | 'paused' | 'waiting' | 'refused';
  problem?: unknown;
  /** How fast it has been lately. */
  bytesPerSecond?: number;
}
/** An upload this tab knows of, kept over a reload; the content is the browser's no more. */
export interface Broken { key: string; id: string; name: string; size: number; offset: number }

const mebibyte = 1 << 20;
let uploads: readonly Upload[] = [];
const listeners = new Set<() => void>();
const running = new Map<string, { file: File; kind: AttachmentKind; stop: AbortController; onDone: (attachment: Attachment) => void }>();

const tell = (next: readonly Upload[]) => { uploads = next; listeners.forEach((listener) => listener()); };
const change = (key: string, members: Partial<Upload>) => tell(uploads.map((upload) => (upload.key === key ? { ...upload, ...members } : upload)));
const subscribe = (listener: () => void) => { listeners.add(listener); return () => { listeners.delete(listener); }; };
export const useUploads = () => useSyncExternalStore(subscribe, () => uploads);

const draftOf = (customerId: string) => `attachments.${customerId}`;
const kept = (customerId: string) => readDraft<Record<string, Broken>>(draftOf(customerId)) ?? {};
const keep = (customerId: string, key: string, broken: Broken | undefined) => {
  const others = Object.fromEntries(Object.entries(kept(customerId)).filter(([other]) => other !== key));
  const next = broken ? { ...others, [key]: broken } : others;
  if (Object.keys(next).length > 0) writeDraft(draftOf(customerId), next); else dropDraft(draftOf(customerId));
};
/** Uploads that a reload broke off. */
export const brokenUploads = (customerId: string, now: readonly Upload[]) => Object.values(kept(customerId)).filter((broken) => !now.some((upload) => upload.key === broken.key));

const pause = (milliseconds: number, signal: AbortSignal) => new Promise<void>((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

/** What the whole content hashes to, so that one that arrives broken is refused; nothing where the browser does not offer it, as over plain http. */
const sha256 = async (file: File) => {
  if (!globalThis.crypto?.subtle) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(await file.arrayBuffer()));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** Where the server is: that of an upload this tab began with the same file, or of a new one. */
const begin = async (upload: Upload, { file, kind }: { file: File; kind: AttachmentKind }, signal: AbortSignal): Promise<AttachmentUpload> => {
  const path = `customers/${upload.customerId}/attachments/uploads`;
  const known = kept(upload.customerId)[upload.key];
  if (known) {
    try { return await get<AttachmentUpload>(`${path}/${known.id}`, undefined, signal); } catch (error) { if (!isProblem(error) || error.status !== 404) throw error; }
  }
  return post<AttachmentUpload>(path, { name: upload.name, size: upload.size, kind, sha256: await sha256(file) }, { signal });
};

const run = async (key: string) => {
  const job = running.get(key);
  const upload = uploads.find((each) => each.key === key);
  if (!job || !upload) return;
  const { signal } = job.stop;
  const { customerId } = upload;
  let length = mebibyte;
  for (let failures = 0; !signal.aborted;) {
    try {
      const state = await begin(upload, job, signal);
      const { id } = state;
      let { offset, complete } = state;
      const remember = () => keep(customerId, key, { key, id, name: upload.name, size: upload.size, offset });
      remember();
      change(key, { state: 'running', offset });
      let attachment: Attachment | undefined;
      while (!complete) {
        const part = job.file.slice(offset, offset + length);
        const started = performance.now();
        attachment = (await send<Attachment | undefined>('PATCH', `customers/${customerId}/attachments/uploads/${id}`, { body: part, offset, signal })).data;
        const seconds = (performance.now() - started) / 1000;
        failures = 0;
        offset += part.size;
        complete = attachment !== undefined;
        remember();
        change(key, { offset, bytesPerSecond: part.size / Math.max(seconds, 0.001) });
        // Long enough to lose no time between parts, short enough to see it move and to lose little when the line breaks.
        if (seconds < 1 && length < 8 * mebibyte) length *= 2; else if (seconds > 4 && length > mebibyte) length /= 2;
      }
      keep(customerId, key, undefined);
      running.delete(key);
      tell(uploads.filter((each) => each.key !== key));
      job.onDone(attachment ?? await get<Attachment>(`customers/${customerId}/attachments/${id}`));
      return;
    } catch (error) {
      if (signal.aborted) return;
      const again = isProblem(error) && (error.status === 0 || error.status >= 500 || error.status === 429 || error.code === 'offset_mismatch');
      if (!again) {
        if (!isProblem(error) || error.status !== 401) keep(customerId, key, undefined);
        change(key, { state: 'refused', problem: error });
        return;
      }
      if (error.code !== 'offset_mismatch' || failures > 0) {
        change(key, { state: 'waiting' });
        await pause(Math.min(30, error.retryAfterSeconds ?? 2 ** failures) * 1000, signal);
      }
      failures++;
    }
  }
};

/** Begins to send files, or goes on with those that were chosen before. */
export const startUploads = (customerId: string, files: readonly File[], kind: AttachmentKind, onDone: (attachment: Attachment) => void) => {
  for (const file of files) {
    const key = `${customerId}/${file.name}/${file.size}/${file.lastModified}`;
    if (running.has(key)) continue;
    running.set(key, { file, kind, stop: new AbortController(), onDone });
    tell([...uploads.filter((upload) => upload.key !== key), { key, customerId, name: file.name, size: file.size, offset: kept(customerId)[key]?.offset ?? 0, state: 'running' }]);
    void run(key);
  }
};
export const pauseUpload = (key: string) => { running.get(key)?.stop.abort(); change(key, { state: 'paused' }); };
export const resumeUpload = (key: string) => {
  const job = running.get(key);
  if (!job) return;
  running.set(key, { ...job, stop: new AbortController() });
  change(key, { state: 'running', problem: undefined });
  void run(key);
};
/** Gives an upload up; what is on the server already goes at once, or after a day. */
export const cancelUpload = (customerId: string, key: string) => {
  running.get(key)?.stop.abort();
  running.delete(key);
  const id = kept(customerId)[key]?.id;
  keep(customerId, key, undefined);
  tell(uploads.filter((upload) => upload.key !== key));
  if (id) void remove(`customers/${customerId}/attachments/uploads/${id}`).catch(() => {});
};
