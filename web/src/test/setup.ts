import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// What jsdom lacks and Ant Design or the virtual list asks for.
window.matchMedia = (query: string) => ({
  matches: false, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined,
  addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false,
});
window.ResizeObserver = class { observe() {} unobserve() {} disconnect() {} };
window.scrollTo = () => undefined;
window.HTMLElement.prototype.scrollIntoView = () => undefined;
const style = window.getComputedStyle.bind(window);
window.getComputedStyle = (element) => style(element);
for (const [name, size] of [['offsetHeight', 800], ['offsetWidth', 1200], ['clientHeight', 800], ['clientWidth', 1200]] as const) Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });

// A condition is awaited, however busy the machine is.
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  localStorage.clear();
});
