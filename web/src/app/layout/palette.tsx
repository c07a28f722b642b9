import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Creation, Destination } from '@/app/navigation';
import { findRecords } from '@/app/layout/find-records';
import { ProblemAlert } from '@/components/problem-alert';
import { useDebounced } from '@/lib/debounced';
import { useCan } from '@/lib/session';
import './palette.css';

interface Entry { id: string; group: string; title: string; subtitle?: string | null; run: () => void }

/** Ctrl/⌘ K: every page, every command of the frame, every record the user may see. */
const Palette = ({ onClose, places, creations }: { onClose: () => void; places: Destination[]; creations: Creation[] }) => {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [position, setPosition] = useState(0);
  const q = useDebounced(text.trim(), 180);

  useEffect(() => { dialog.current?.showModal(); }, []);
  const can = useCan();
  const search = useQuery({ queryKey: ['search', q], queryFn: ({ signal }) => findRecords(q, can, signal), enabled: q.length > 0 });

  const entries = useMemo(() => {
    const matches = (title: string) => title.toLowerCase().includes(text.trim().toLowerCase());
    const found: Entry[] = (q ? (search.data ?? []) : []).map((hit) => ({ id: hit.id, group: t(`palette.${hit.kind}`), title: hit.title, subtitle: hit.subtitle, run: () => void navigate(hit.address) }));
    const commands: Entry[] = creations.map((creation) => ({ id: creation.key, group: t('palette.commands'), title: t(`create.${creation.key}`), run: () => void navigate({ to: creation.to }) }));
    const pages: Entry[] = places.map((place) => ({ id: place.key, group: t('palette.pages'), title: t(`nav.${place.key}`), run: () => void navigate({ to: place.to }) }));
    return [...found, ...[...commands, ...pages].filter((entry) => matches(entry.title))];
  }, [creations, navigate, places, q, search.data, t, text]);
  const current = Math.min(position, entries.length - 1);

  const choose = (entry: Entry | undefined) => { if (entry) { onClose(); entry.run(); } };
  return (
    <dialog ref={dialog} className="palette" aria-label={t('palette.open')} onClose={onClose} onClick={(event) => { if (event.target === dialog.current) onClose(); }}>
      <input
        className="palette__input" role="combobox" aria-expanded="true" aria-controls={listId} aria-label={t('palette.placeholder')} placeholder={t('palette.placeholder')}
        aria-activedescendant={entries[current] ? `${listId}-${current}` : undefined} autoComplete="off" spellCheck={false} value={text}
        onChange={(event) => { setText(event.target.value); setPosition(0); }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'ArrowDown') { event.preventDefault(); setPosition((current + 1) % Math.max(entries.length, 1)); }
          if (event.key === 'ArrowUp') { event.preventDefault(); setPosition((current - 1 + entries.length) % Math.max(entries.length, 1)); }
          if (event.key === 'Enter') { event.preventDefault(); choose(entries[current]); }
        }}
      />
      <ul id={listId} role="listbox" aria-label={t('palette.results')} className="palette__list">
        {entries.map((entry, index) => (
          <li key={entry.id} role="presentation">
            {entry.group !== entries[index - 1]?.group ? <div className="palette__group" role="presentation">{entry.group}</div> : null}
            <div
              id={`${listId}-${index}`} role="option" aria-selected={index === current} className="palette__entry"
              ref={index === current ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              onMouseMove={() => setPosition(index)} onClick={() => choose(entry)}
            >
              <span>{entry.title}</span>{entry.subtitle ? <span className="muted">{entry.subtitle}</span> : null}
            </div>
          </li>
        ))}
      </ul>
      {search.error ? <ProblemAlert error={search.error} /> : null}
      <p className="palette__foot" role="status">{search.isFetching ? t('loading') : entries.length === 0 ? t('palette.none') : t('palette.help')}</p>
    </dialog>
  );
};
export default Palette;
