import { Button, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';

interface SavedMapping { id: string; name: string; target: string; columns: { name: string; field?: string | null }[] }

const Row = ({ mapping }: { mapping: SavedMapping }) => {
  const { t } = useTranslation('imports');
  const can = useCan();
  const { busy, error, execute } = useCommandState();
  const [name, setName] = useState<string>();
  const path = `imports/mappings/${mapping.id}`;
  const rename = async () => {
    if (name?.trim() && name.trim() !== mapping.name) await execute({ method: 'PATCH', path, body: { name: name.trim() } });
    setName(undefined);
  };
  return (
    <li>
      {name === undefined ? <b>{mapping.name}</b> : <Input size="small" autoFocus aria-label={t('options.saveName')} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={() => void rename()} onBlur={() => void rename()} />}
      <span className="muted">{t(`target.${mapping.target}`, { defaultValue: mapping.target })} · {mapping.columns.filter((column) => column.field).map((column) => column.name).join(', ')}</span>
      {can('imports.change') ? (
        <span className="import-saved__verbs">
          <Button size="small" type="text" onClick={() => setName(mapping.name)}>{t('saved.rename')}</Button>
          <Popconfirm title={t('saved.removeAsk')} okText={t('saved.remove')} cancelText={t('common:cancel')} onConfirm={() => void execute({ method: 'DELETE', path })}><Button size="small" type="text" danger loading={busy}>{t('saved.remove')}</Button></Popconfirm>
        </span>
      ) : null}
      <ProblemAlert error={error} />
    </li>
  );
};

/** The mappings that were kept for files with the same headers. */
export const SavedMappings = () => {
  const { t } = useTranslation('imports');
  const { rows } = useList<SavedMapping>('imports/mappings', { limit: 100 });
  if (rows.length === 0) return null;
  return (
    <details className="import-saved">
      <summary>{t('saved.title', { count: rows.length })}</summary>
      <ul>{rows.map((mapping) => <Row key={mapping.id} mapping={mapping} />)}</ul>
    </details>
  );
};
