import { describe, expect, it } from 'vitest';

type Texts = { [key: string]: string | Texts };
const files = import.meta.glob<{ default: Texts }>('../**/locales/*.json', { eager: true });
const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}', '!../test/**', '!../**/schema.d.ts'], { eager: true, query: '?raw', import: 'default' });

const flat = (texts: Texts, prefix = ''): Map<string, string> =>
  new Map(Object.entries(texts).flatMap(([key, value]) => (typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)])));

const namespaces = new Map<string, Record<string, Map<string, string>>>();
for (const [path, module] of Object.entries(files)) {
  const name = /features\/([^/]+)\//.exec(path)?.[1] ?? 'common';
  const language = /([^/]+)\.json$/.exec(path)![1]!;
  namespaces.set(name, { ...namespaces.get(name), [language]: flat(module.default) });
}
const holes = (text: string) => [...text.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)].map((match) => match[1]).sort();
const singular = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '');

describe('texts', () => {
  it.each([...namespaces.keys()])('of %s exist in zh-CN and en with the same holes', (name) => {
    const { 'zh-CN': chinese, en: english } = namespaces.get(name)!;
    expect(chinese).toBeDefined();
    expect(english).toBeDefined();
    const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(singular))].sort();
    expect(keys(english!)).toEqual(keys(chinese!));
    for (const [key, text] of chinese!) {
      expect(text.trim(), key).not.toBe('');
      const other = english!.get(key) ?? english!.get(`${singular(key)}_other`) ?? '';
      expect(other.trim(), key).not.toBe('');
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  const used = /(?<![\w.])(?:t|tc)\(\s*(?:'([^']+)'|"([^"]+)"|`([^`]+)`)|i18nKey=(?:"([^"]+)"|\{`([^`]+)`\})/g;
  it.each(Object.keys(sources))('used in %s are defined', (path) => {
    const own = /features\/([^/]+)\//.exec(path)?.[1] ?? 'common';
    for (const match of sources[path]!.matchAll(used)) {
      const written = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5] ?? '';
      const [name, key] = written.includes(':') ? (written.split(':') as [string, string]) : [own, written];
      const candidates = [name, 'common'].flatMap((each) => [...(namespaces.get(each)?.['zh-CN']?.keys() ?? [])]).map(singular);
      const fixed = key.split('${')[0]!;
      const defined = key.includes('${') ? candidates.some((each) => each.startsWith(fixed)) : candidates.includes(key);
      expect(defined, `${written} in ${path}`).toBe(true);
    }
  });

  it('are not written into the code', () => {
    const written = Object.entries(sources).filter(([path, code]) => {
      const bare = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '').replace(/<span lang="zh-CN">[^<]*<\/span>/g, '');
      return /[\p{Script=Han}]/u.test(bare) && !path.includes('/app/theme');
    });
    expect(written.map(([path]) => path)).toEqual([]);
  });
});
