import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { SessionInfo } from '@/lib/api-types';
import './session-list.css';

const End = ({ session, path, device }: { session: SessionInfo; path: string; device: string }) => {
  const { t } = useTranslation();
  const { busy, error, execute } = useCommandState();
  return (
    <>
      <Popconfirm title={t('sessions.ask')} okText={t('sessions.end')} cancelText={t('cancel')} onConfirm={() => void execute({ method: 'DELETE', path: `${path}/${session.id}`, done: t('sessions.ended') })}>
        <Button size="small" loading={busy} aria-label={t('sessions.endOf', { device })}>{t('sessions.end')}</Button>
      </Popconfirm>
      <ProblemAlert error={error} />
    </>
  );
};

/** Where somebody is signed in. `path` is the collection the sessions are ended in; the current one is left by signing out. */
export const SessionList = ({ sessions, path }: { sessions: SessionInfo[]; path: string }) => {
  const { t } = useTranslation();
  if (sessions.length === 0) return <p className="muted">{t('sessions.none')}</p>;
  return (
    <ul className="session-list">
      {sessions.map((session) => {
        const device = session.device || t('signIns.unknownDevice');
        return (
          <li key={session.id}>
            <div className="session-list__text">
              <b>{device}</b>{session.current ? <i className="session-list__mark">{t('sessions.current')}</i> : null}
              <span>{session.address}{session.secondFactor ? ` · ${t('sessions.secondFactor')}` : ''}{session.way ? ` · ${t('signIns.way', { provider: session.way })}` : ''}</span>
              <span>{t('sessions.since')} <DateText value={session.createdAt} as="instant" /> · {t('sessions.seen')} <DateText value={session.lastSeenAt} as="relative" /></span>
            </div>
            {session.current ? null : <End session={session} path={path} device={device} />}
          </li>
        );
      })}
    </ul>
  );
};
