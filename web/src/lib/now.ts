import { useSyncExternalStore } from 'react';

/** The present, moving once every half minute for everything that shows a distance in time. */
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  timer ??= setInterval(() => { now = Date.now(); listeners.forEach((each) => each()); }, 30_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) { clearInterval(timer); timer = undefined; }
  };
};
export const useNow = () => useSyncExternalStore(subscribe, () => now);
