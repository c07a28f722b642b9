import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { DateText } from '@/components/values';
import type { ErasureCertificate, Page } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCustomerWords } from './words';
import './customers.css';

const Print = () => {
  const { t } = useTranslation('customers');
  return <Button icon={<PrinterOutlined />} onClick={() => window.print()}>{t('personal.print')}</Button>;
};

/** The certificates of what was erased of a customer, to print. */
export const ErasuresPage = () => {
  const { t } = useTranslation('customers');
  const { id } = useParams({ from: '/shell/customers/$id/erasures' });
  const { data, error, refetch } = useQuery({ queryKey: ['customers', id, 'erasures'], queryFn: ({ signal }) => get<Page<ErasureCertificate>>(`customers/${id}/erasures`, undefined, signal) });
  return (
    <>
      <PageHeader title={t('personal.certificates')} extra={<Print />} />
      <div className="paper">
        {error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Skeleton active /> : null}
        {data?.data.length === 0 ? <p className="muted">{t('personal.certificatesNone')}</p> : null}
        {data?.data.map((certificate) => (
          <section key={certificate.sequence} aria-label={t('personal.certificate')}>
            <h2>{t('personal.certificate')}</h2>
            <dl className="paper__facts">
              <dt>{t('personal.subject')}</dt><dd>{certificate.placeholder}</dd>
              <dt>{t('personal.subjectId')}</dt><dd>{certificate.contactId ?? certificate.customerId}</dd>
              <dt>{t('personal.erasedAt')}</dt><dd><DateText value={certificate.at} as="instant" /></dd>
              <dt>{t('personal.erasedBy')}</dt><dd>{certificate.actorName ?? certificate.actorId}</dd>
              <dt>{t('personal.eraseReason')}</dt><dd>{t(`personal.reason.${certificate.reason}`)}</dd>
              <dt>{t('personal.erasedContacts')}</dt><dd>{certificate.contacts}</dd>
              <dt>{t('personal.proof')}</dt><dd>{certificate.sequence}</dd>
            </dl>
            <p>{t('personal.certificateText')}</p>
          </section>
        ))}
      </div>
    </>
  );
};

type Report = Record<string, unknown> & { generatedAt: string; customer: { name: string } };

/** Everything that is held about the person and who saw it, to print or to take along as JSON. */
export const DataSubjectReportPage = () => {
  const { t, i18n } = useTranslation('customers');
  const { id } = useParams({ from: '/shell/customers/$id/report' });
  const { fieldLabel, fieldValue, eventLabel } = useCustomerWords();
  const { data, error, refetch } = useQuery({ queryKey: ['customers', id, 'data-subject-report'], queryFn: ({ signal }) => get<Report>(`customers/${id}/data-subject-report`, undefined, signal), gcTime: 0, staleTime: Infinity });

  const show = (field: string, value: unknown): ReactNode => {
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && Object.keys(value).length === 0)) return undefined;
    if (field === 'type' && typeof value === 'string') return eventLabel(value);
    if (field === 'kind' && typeof value === 'string' && i18n.exists(`customers:personal.kind.${value}`)) return t(`personal.kind.${value}`);
    if (Array.isArray(value)) return value.every((each) => typeof each !== 'object') ? value.join('、') : <ol>{value.map((each, index) => <li key={index}>{table(each as Record<string, unknown>)}</li>)}</ol>;
    if (typeof value === 'object') return table(value as Record<string, unknown>);
    return fieldValue(field, value) ?? String(value);
  };
  const table = (record: Record<string, unknown>): ReactNode => (
    <dl className="paper__facts">
      {Object.entries(record).map(([field, value]) => { const shown = show(field, value); return shown === undefined ? null : <div key={field} style={{ display: 'contents' }}><dt>{fieldLabel(field)}</dt><dd>{shown}</dd></div>; })}
    </dl>
  );
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }));
    link.download = `personal-data-${id}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      <PageHeader title={t('personal.report')} extra={<><Button icon={<DownloadOutlined />} disabled={!data} onClick={download}>JSON</Button><Print /></>} />
      <div className="paper">
        {error ? <ProblemAlert error={error} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Skeleton active paragraph={{ rows: 12 }} /> : null}
        {data ? (
          <>
            <p>{t('personal.reportText', { name: data.customer.name })} <DateText value={data.generatedAt} as="instant" /></p>
            {Object.entries(data).filter(([part]) => !['customerId', 'generatedAt'].includes(part)).map(([part, value]) => (
              <section key={part}><h2>{t(`personal.part.${part}`)}</h2>{show(part, value) ?? <p className="muted">{t('personal.nothing')}</p>}</section>
            ))}
          </>
        ) : null}
      </div>
    </>
  );
};
