import { CheckSquareOutlined, CustomerServiceOutlined, HistoryOutlined, PlusOutlined, ProjectOutlined, RightOutlined, SearchOutlined, TeamOutlined, UnorderedListOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, type NavigateOptions } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Creation, Destination } from '@/app/navigation';
import { addressOf, findRecords, listOf, namedRecords, recentRecords } from '@/app/layout/find-records';
import { ProblemAlert } from '@/components/problem-alert';
import type { SearchHit } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { readDraft, writeDraft } from '@/lib/drafts';
import { usePhone } from '@/lib/preferences';
import { useCan, useSession } from '@/lib/session';
import './palette.css';

interface Entry { id: string; group: string; icon: ReactNode; title: ReactNode; label: string; detail?: ReactNode; run: () => void }

const icons: Record<string, ReactNode> = { customers: <TeamOutlined />, opportunities: <ProjectOutlined />, tickets: <CustomerServiceOutlined />, tasks: <CheckSquareOutlined /> };

/** A value with the piece that was found marked. */
const Marked = ({ value, at, length }: { value: string; at?: number | null; length?: number | null }) => at === null || at === undefined || !length
  ? <>{value}</>
  : <>{value.slice(0, at)}<mark>{value.slice(at, at + length)}</mark>{value.slice(at + length)}</>;

/** Why a record was found, where its title does not show it by itself. */
const Why = ({ hit }: { hit: SearchHit }) => {
  const { t } = useTranslation();
  const { matched } = hit;
  const by = matched && (matched.by === 'pinyin' || matched.by === 'initials' || matched.by === 'similar') ? t(`palette.by.${matched.by}`) : null;
  return (
    <>
      {matched && matched.value !== hit.title ? (
        <span className="palette__why">{t(`palette.field.${matched.field.replace('.', '_')}`, { defaultValue: t('palette.field.other') })} {matched.of ? `${matched.of} ` : ''}<Marked value={matched.value} at={matched.at} length={matched.length} /></span>
      ) : hit.subtitle ? <span>{hit.subtitle}</span> : null}
      {by ? <span className="palette__tag">{by}</span> : null}
      {hit.archived ? <span className="palette__tag">{t('palette.archived')}</span> : null}
    </>
  );
};

/** Ctrl/⌘ K and the search at the top: every record the user may see, every page, every command of the frame. */
const Palette = ({ onClose, places, creations }: { onClose: () => void; places: Destination[]; creations: Creation[] }) => {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const phone = usePhone();
  const can = useCan();
  const { user } = useSession();
  const listId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [position, setPosition] = useState(0);
  const typed = text.trim();
  const q = useDebounced(typed, 180);

  useEffect(() => { dialog.current?.showModal(); }, []);
  const search = useQuery({ queryKey: ['search', q], queryFn: ({ signal }) => findRecords(q, signal), enabled: q.length > 0 && can('users.view'), placeholderData: (before) => (q ? before : undefined) });
  const opened = useMemo(() => recentRecords(user.id), [user.id]);
  const recent = useQuery({ queryKey: ['recent', opened], queryFn: ({ signal }) => namedRecords(opened, can, signal), enabled: typed === '' && opened.length > 0, staleTime: 10_000 });
  const groups = typed && q ? search.data?.groups : undefined;
  const searching = typed !== '' && (typed !== q || search.isFetching);

  const entries = useMemo(() => {
    const go = (address: NavigateOptions) => () => { void navigate(address); };
    const record = (hit: SearchHit, group: string): Entry => ({
      id: `${group}-${hit.id}`, group, icon: icons[hit.type], label: hit.title, run: go(addressOf(hit)), detail: <Why hit={hit} />,
      title: hit.matched?.value === hit.title ? <Marked value={hit.title} at={hit.matched.at} length={hit.matched.length} /> : hit.title,
    });
    const found = (groups ?? []).flatMap((group): Entry[] => {
      const list = group.hasMore ? listOf(group.type, q) : null;
      const name = t(`palette.${group.type}`);
      return [...group.hits.map((hit) => record(hit, name)), ...(list ? [{ id: `all-${group.type}`, group: name, icon: <UnorderedListOutlined />, title: t('palette.all', { kind: name }), label: t('palette.all', { kind: name }), run: go(list) }] : [])];
    });
    const last = typed === '' ? (recent.data ?? []).map((hit) => record(hit, t('palette.recent'))) : [];
    const matches = (title: string) => title.toLowerCase().includes(typed.toLowerCase());
    const commands: Entry[] = creations.map((creation) => ({ id: creation.key, group: t('palette.commands'), icon: <PlusOutlined />, title: t(`create.${creation.key}`), label: t(`create.${creation.key}`), run: go({ to: creation.to }) }));
    const pages: Entry[] = places.map((place) => ({ id: place.key, group: t('palette.pages'), icon: place.icon, title: t(`nav.${place.key}`), label: t(`nav.${place.key}`), run: go({ to: place.to }) }));
    // The name goes into the form's draft: it is not to stand in an address.
    const create: Entry[] = typed && groups && !groups.some((group) => group.hits.some((hit) => !hit.similar)) && can('customers.create') && !/\d{4,}|@/.test(typed) ? [{
      id: 'create', group: t('palette.commands'), icon: <PlusOutlined />, title: t('palette.create', { name: typed }), label: t('palette.create', { name: typed }),
      run: () => { const key = `customers.new.${user.id}`; writeDraft(key, { ...readDraft<object>(key), name: typed }); void navigate({ to: '/customers/new' }); },
    }] : [];
    return [...found, ...last, ...create, ...[...commands, ...pages].filter((entry) => matches(entry.label))];
  }, [can, creations, groups, navigate, places, q, recent.data, t, typed, user.id]);
  const current = Math.min(position, entries.length - 1);

  const choose = (entry: Entry | undefined) => { if (entry) { onClose(); entry.run(); } };
  const nothing = typed !== '' && groups?.length === 0 && !searching;
  return (
    <dialog ref={dialog} className="palette" aria-label={t('palette.open')} onClose={onClose} onClick={(event) => { if (event.target === dialog.current) onClose(); }}>
      <div className="palette__head">
        <SearchOutlined aria-hidden="true" />
        <input
          className="palette__input" role="combobox" aria-expanded="true" aria-controls={listId} aria-label={t('palette.placeholder')} placeholder={t('palette.placeholder')} maxLength={200}
          aria-activedescendant={entries[current] ? `${listId}-${current}` : undefined} autoComplete="off" spellCheck={false} value={text}
          onChange={(event) => { setText(event.target.value); setPosition(0); }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'ArrowDown') { event.preventDefault(); setPosition((current + 1) % Math.max(entries.length, 1)); }
            if (event.key === 'ArrowUp') { event.preventDefault(); setPosition((current - 1 + entries.length) % Math.max(entries.length, 1)); }
            if (event.key === 'Enter' && !(typed !== '' && typed !== q)) { event.preventDefault(); choose(entries[current]); }
          }}
        />
        {phone ? <Button type="text" onClick={onClose}>{t('palette.close')}</Button> : null}
      </div>
      <ul id={listId} role="listbox" aria-label={t('palette.results')} aria-busy={searching} className="palette__list">
        {entries.map((entry, index) => (
          <li key={entry.id} role="presentation">
            {entry.group !== entries[index - 1]?.group ? <div className="palette__group" role="presentation">{entry.group === t('palette.recent') ? <HistoryOutlined aria-hidden="true" /> : null} {entry.group}</div> : null}
            <div
              id={`${listId}-${index}`} role="option" aria-selected={index === current} className="palette__entry"
              ref={index === current ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              onMouseMove={() => setPosition(index)} onClick={() => choose(entry)}
            >
              <span className="palette__icon" aria-hidden="true">{entry.icon}</span>
              <span className="palette__title">{entry.title}</span>
              {entry.detail ? <span className="palette__detail">{entry.detail}</span> : null}
              {entry.id.startsWith('all-') ? <RightOutlined aria-hidden="true" /> : null}
            </div>
          </li>
        ))}
        {nothing ? <li role="presentation" className="palette__nothing">{t('palette.none')}</li> : null}
      </ul>
      {search.error ? <ProblemAlert error={search.error} /> : null}
      <p className="palette__foot" role="status">{searching ? t('palette.searching') : phone ? t('palette.hint') : t('palette.help')}</p>
    </dialog>
  );
};
export default Palette;
