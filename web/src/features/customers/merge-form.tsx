import { SwapOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Radio, Skeleton } from 'antd';
import { useCallback, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { MergePreview } from '@/lib/api-types';
import { post } from '@/lib/http';
import { useShortcut } from '@/lib/shortcuts';
import { useCustomerWords } from './words';

type Side = 'target' | 'source';

/** Two customers side by side: which one stays, and of every field that differs whose value. Nothing is written before the command. */
export const MergeForm = ({ aId, bId, may, onMerged, extra }: { aId: string; bId: string; may: boolean; onMerged: (id: string) => void; extra?: ReactNode }) => {
  const { t } = useTranslation('customers');
  const words = useCustomerWords();
  const [swapped, setSwapped] = useState(false);
  const [fields, setFields] = useState<Record<string, Side>>({});
  const [target, source] = swapped ? [bId, aId] : [aId, bId];
  const { data, error, refetch } = useQuery({
    queryKey: ['customers', target, 'merge', source, fields],
    queryFn: ({ signal }) => post<MergePreview>(`customers/${target}/merge/preview`, { sourceId: source, fields }, { reads: true, signal }),
    placeholderData: (before) => (before?.target.id === target ? before : undefined), retry: false,
  });
  const command = useCommandState();
  const merge = useCallback(() => {
    if (!data || command.busy) return;
    void command.execute({ path: `customers/${target}/merge`, body: { sourceId: source, fields }, done: t('merge.done', { name: data.result.name }), refresh: [['opportunities'], ['tickets']] }).then((done) => { if (done) onMerged(target); });
  }, [command, data, fields, onMerged, source, t, target]);
  useShortcut('m', t('merge.do'), merge);
  useShortcut('x', t('merge.swap'), useCallback(() => { setSwapped((before) => !before); setFields({}); }, []));

  if (error) return <><ProblemAlert error={error} onRetry={() => void refetch()} /><div className="merge__commands">{extra}</div></>;
  if (!data) return <Skeleton active paragraph={{ rows: 8 }} />;
  const moves = Object.entries(data.moves).filter(([, count]) => count > 0);
  const cell = (field: string, value: unknown) => {
    const worded = value === null || value === undefined ? <span className="muted">—</span> : (words.fieldValue(field, value) ?? String(value));
    return worded;
  };
  return (
    <>
      <table className="merge__fields">
        <thead>
          <tr>
            <th scope="col"><span className="visually-hidden">{t('merge.field')}</span></th>
            <th scope="col"><small>{t('merge.stays')}</small><Link to="/customers/$id" params={{ id: target }} target="_blank">{data.target.name}</Link></th>
            <th scope="col"><small>{t('merge.goes')}</small><Link to="/customers/$id" params={{ id: source }} target="_blank">{data.source.name}</Link></th>
          </tr>
        </thead>
        <tbody>
          {data.fields.map((each) => (
            <tr key={each.field} data-conflict={each.isConflict || undefined}>
              <th scope="row">{words.fieldLabel(each.field)}</th>
              {(['target', 'source'] as const).map((side) => (
                <td key={side} data-wins={each.wins === side || undefined}>
                  {each.isConflict
                    ? <Radio name={each.field} disabled={!may} checked={each.wins === side} onChange={() => setFields((before) => ({ ...before, [each.field]: side }))}>{cell(each.field, each[side])}</Radio>
                    : cell(each.field, each[side])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {data.fields.length === 0 ? <p className="muted">{t('merge.same')}</p> : null}
      <p className="muted">{moves.length === 0 ? t('merge.nothingMoves') : t('merge.moves', { what: moves.map(([kind, count]) => t(`merge.move.${kind}`, { count })).join(' · ') })} {t('merge.undoable')}</p>
      {command.error ? <ProblemAlert error={command.error} /> : null}
      <div className="merge__commands">
        {may ? <Button type="primary" loading={command.busy} onClick={merge} aria-keyshortcuts="m">{t('merge.do')} <kbd>M</kbd></Button> : null}
        {may ? <Button icon={<SwapOutlined />} onClick={() => { setSwapped(!swapped); setFields({}); }} aria-keyshortcuts="x">{t('merge.swap')} <kbd>X</kbd></Button> : null}
        {extra}
      </div>
    </>
  );
};
