import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Button, Drawer, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { ChangeTable } from '@/components/change-table';
import { ProblemAlert } from '@/components/problem-alert';
import { ActorText } from '@/components/source-text';
import { DateText } from '@/components/values';
import { get } from '@/lib/http';
import type { Operation, OperationDetails } from './types';
import { useAuditWords, useFieldWords } from './words';

/** Where a record has a page of its own. */
const pages: Record<string, (id: string) => Pick<LinkProps, 'to' | 'params'>> = {
  customer: (id) => ({ to: '/customers/$id', params: { id } }), opportunity: (id) => ({ to: '/opportunities/$id', params: { id } }),
  ticket: (id) => ({ to: '/tickets/$id', params: { id } }), import: (id) => ({ to: '/imports/$id', params: { id } }),
};

const Facts = ({ operation }: { operation: Operation }) => {
  const { t } = useTranslation('audit');
  const words = useAuditWords();
  const page = pages[operation.resource]?.(operation.recordId);
  const record = `${words.resource(operation.resource)}${operation.recordName ? ` · ${operation.recordName}` : ''}`;
  return (
    <dl className="audit-facts">
      <div><dt>{t('column.at')}</dt><dd><DateText value={operation.at} as="instant" />{operation.businessDate ? <> · {t('common:history.businessDate')} <DateText value={operation.businessDate} /></> : null}</dd></div>
      <div><dt>{t('column.actor')}</dt><dd><ActorText id={operation.actorId} name={operation.actorName} />{operation.onBehalfOf ? ` ${t('common:history.onBehalfOf', { name: operation.onBehalfOfName ?? operation.onBehalfOf })}` : ''}</dd></div>
      <div><dt>{t('column.record')}</dt><dd>{page ? <Link {...(page as LinkProps)}>{record}</Link> : record}</dd></div>
      <div><dt>{t('column.channel')}</dt><dd>{words.channel(operation.channel)}{operation.source === operation.channel ? null : <> · <code>{operation.source}</code></>}</dd></div>
      {operation.address ? <div><dt>{t('address')}</dt><dd className="number">{operation.address}</dd></div> : null}
      {operation.device ? <div><dt>{t('device')}</dt><dd>{operation.device}</dd></div> : null}
      {typeof operation.reason === 'string' ? <div><dt>{t('column.reason')}</dt><dd>{operation.reason || <span className="muted">{t('common:history.reasonErased')}</span>}</dd></div> : null}
      <div><dt>{t('number')}</dt><dd className="number">{operation.sequence} · {t('version', { version: operation.version })}</dd></div>
    </dl>
  );
};

const Changes = ({ details }: { details: OperationDetails }) => {
  const { t } = useTranslation('audit');
  const words = useFieldWords(details.operation.resource);
  const { changes } = details;
  if (!changes) return <p className="muted">{t('changesHidden')}</p>;
  return changes.length > 0 ? <ChangeTable changes={changes} {...words} /> : <p className="muted">{t('noChanges')}</p>;
};

interface Props { sequence: string; onShow: (sequence: number) => void; onNarrow: (to: { record?: string; correlation?: string }) => void; onClose: () => void }

/** One operation: its circumstances, the fields before and after, and everything of the same command. */
const OperationDrawer = ({ sequence, onShow, onNarrow, onClose }: Props) => {
  const { t } = useTranslation('audit');
  const words = useAuditWords();
  const { data, error, refetch } = useQuery({ queryKey: ['operation-log', sequence], queryFn: ({ signal }) => get<OperationDetails>(`operation-log/${sequence}`, {}, signal), staleTime: Infinity });
  const operation = data?.operation;
  const correlation = operation?.correlationId;
  return (
    <Drawer open size={600} title={operation ? words.event(operation.type) : t('operation')} onClose={onClose}>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && operation ? (
        <div className="audit-details">
          <Facts operation={operation} />
          <section aria-label={t('changes')}><h3>{t('changes')}</h3><Changes details={data} /></section>
          <section aria-label={t('command')}>
            <h3>{t('command')}</h3>
            <ol className="audit-command">
              {data.command.map((each) => (
                <li key={each.sequence} aria-current={each.sequence === operation.sequence ? 'true' : undefined}>
                  <button type="button" className="audit-link" onClick={() => onShow(each.sequence)}>{words.event(each.type)}</button>
                  <span>{words.resource(each.resource)}{each.recordName ? ` · ${each.recordName}` : ''}</span>
                  <span className="muted"><ActorText id={each.actorId} name={each.actorName} /></span>
                </li>
              ))}
            </ol>
          </section>
          <div className="audit-actions">
            <Button onClick={() => onNarrow({ record: operation.recordId })}>{t('showRecord')}</Button>
            {correlation ? <Button onClick={() => onNarrow({ correlation })}>{t(data.hasMore ? 'showAllOfCommand' : 'showCommand')}</Button> : null}
          </div>
        </div>
      ) : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </Drawer>
  );
};
export default OperationDrawer;
