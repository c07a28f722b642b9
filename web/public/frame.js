// Before anything else is here: the theme and language that were chosen, and which frame stands for the page until it is drawn (index.html).
// A file of its own because the policy allows no script inside the page; small, because the page waits for it.
(() => {
  let chosen = {};
  try { chosen = JSON.parse(localStorage.getItem('crm.preferences')) ?? {}; } catch { /* As nobody chose anything. */ }
  const set = document.documentElement.dataset;
  document.documentElement.lang = chosen.language ?? 'zh-CN';
  set.theme = chosen.theme === 'dark' || (chosen.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches) ? 'dark' : 'light';
  if (chosen.sidebarCollapsed) set.collapsed = 'true';
  const path = location.pathname;
  set.frame = /^\/(customers|opportunities|tickets)\/[0-9a-f-]{36}$/.test(path) ? 'record' : /^\/(sign-in|set-password|forgotten-password|authorize|end-session|form)\b/.test(path) ? 'none' : 'page';
})();
