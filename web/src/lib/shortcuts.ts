import { useEffect, useRef, useSyncExternalStore } from 'react';
import { preferences } from '@/lib/preferences';

/** `keys`: "mod+k", "?", "n", or two in a row "g c". `mod` is Ctrl, on a Mac ⌘. */
export interface Shortcut { keys: string; label: string; run: () => void }

const active = new Map<string, Shortcut>();
const listeners = new Set<() => void>();
let list: Shortcut[] = [];
const changed = () => { list = [...active.values()]; listeners.forEach((listener) => listener()); };

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  // Into these nobody types.
  && !(target instanceof HTMLInputElement && (target.type === 'radio' || target.type === 'checkbox'));

let waiting = '';
let since = 0;
export const handleKey = (event: KeyboardEvent) => {
  if (event.defaultPrevented || event.isComposing) return;
  const mod = event.ctrlKey || event.metaKey;
  if (event.altKey || (!mod && (typing(event.target) || !preferences().singleKeys))) return;
  if (!mod && document.querySelector('[role="dialog"]')) return;
  const key = mod ? `mod+${event.key.toLowerCase()}` : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const pair = event.timeStamp - since < 1200 && waiting ? `${waiting} ${key}` : '';
  const shortcut = (pair && active.get(pair)) || active.get(key);
  waiting = shortcut ? '' : key;
  since = event.timeStamp;
  if (!shortcut) return;
  event.preventDefault();
  shortcut.run();
};

/** Registers a shortcut while the component is on screen. */
export const useShortcut = (keys: string, label: string, run: () => void) => {
  const latest = useRef(run);
  useEffect(() => { latest.current = run; });
  useEffect(() => {
    active.set(keys, { keys, label, run: () => latest.current() });
    changed();
    return () => { active.delete(keys); changed(); };
  }, [keys, label]);
};
/** Every shortcut of the present screen. */
export const useShortcuts = () => useSyncExternalStore((listener) => { listeners.add(listener); return () => { listeners.delete(listener); }; }, () => list);
