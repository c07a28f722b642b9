// Fails the build when the script a cold browser loads before a first screen exceeds the limit.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const limit = 350 * 1024;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 6 }).length;

const closure = (key, seen = new Set()) => {
  if (!seen.has(key)) {
    seen.add(key);
    for (const next of manifest[key].imports ?? []) closure(next, seen);
  }
  return seen;
};
const scripts = (...keys) => [...new Set(keys.flatMap((key) => [...closure(key)]))].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'));

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const common = Object.keys(manifest).filter((key) => /lib\/locales\/zh-CN\.json|antd-locale-zh|app\/layout\/shell\.tsx$/.test(key));
const screens = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && /features\/.*\.tsx$/.test(key));
let failed = false;
for (const [name, keys] of [['entry', [entry]], ...screens.map((screen) => [screen, [entry, ...common, screen]])]) {
  const total = scripts(...keys).reduce((sum, file) => sum + size(file), 0);
  const firstScreen = name === 'entry' || /features\/(session|home)\//.test(name);
  if (firstScreen && total > limit) failed = true;
  console.log(`${String(Math.round(total / 1024)).padStart(5)} kB gzip  ${name}${firstScreen ? `  (limit ${limit / 1024})` : ''}`);
}
if (failed) { console.error(`The script before a first screen exceeds ${limit / 1024} kB gzip.`); process.exit(1); }
