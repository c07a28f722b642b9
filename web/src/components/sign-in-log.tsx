import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { DateText } from '@/components/values';
import type { SignInEntry } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import './session-list.css';

/** What happened at the door, newest first: of one person, or with the names of all. */
export const SignInLog = ({ label, path, params, withNames = false }: { label: string; path: string; params?: Record<string, string | undefined>; withNames?: boolean }) => {
  const { t } = useTranslation();
  const query = useList<SignInEntry>(path, params);
  const event = (entry: SignInEntry) => [t(`signIns.event.${entry.event}`), ...(entry.reason ? [t(`signIns.reason.${entry.reason}`)] : []), ...(entry.way ? [t('signIns.way', { provider: entry.way })] : [])].join(' · ');
  const who = (entry: SignInEntry) => entry.userName ?? <span className="muted">{t('signIns.nobody')}</span>;
  const by = (entry: SignInEntry) => (entry.actorName && entry.actorId !== entry.userId ? <span className="muted"> {t('signIns.by', { name: entry.actorName })}</span> : null);
  const columns: Column<SignInEntry>[] = [
    { key: 'at', title: t('signIns.time'), width: 160, render: (entry) => <DateText value={entry.at} as="instant" /> },
    ...(withNames ? [{ key: 'who', title: t('signIns.who'), width: 180, render: who }] : []),
    { key: 'event', title: t('signIns.what'), width: 280, render: (entry) => <>{event(entry)}{by(entry)}</> },
    { key: 'address', title: t('signIns.from'), width: 160, render: (entry) => <code>{entry.address}</code> },
    { key: 'device', title: t('signIns.device'), width: 180, render: (entry) => entry.device || <span className="muted">{t('signIns.unknownDevice')}</span> },
  ];
  return (
    <DataList<SignInEntry>
      label={label} query={query} rowKey={(entry) => entry.id} columns={columns} empty={<EmptyState title={t('signIns.none')} />}
      card={(entry) => (
        <div className="session-list__text">
          <b>{event(entry)}</b>{withNames ? <span>{who(entry)}</span> : null}{by(entry)}
          <span><DateText value={entry.at} as="instant" /> · {entry.device || t('signIns.unknownDevice')} · {entry.address}</span>
        </div>
      )}
    />
  );
};
