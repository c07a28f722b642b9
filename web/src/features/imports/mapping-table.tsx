import { Select, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ImportJob } from '@/lib/api-types';
import { formatRatio } from '@/lib/format';
import { useLocale } from '@/lib/session';
import type { ImportTarget } from './use-import';

interface Props { job: ImportJob; targets: ImportTarget[]; target?: ImportTarget; editable: boolean; onChange: (body: object) => void }

const referred = ['users', 'customers', 'opportunities', 'products'] as const;
const isReferred = (to?: string | null): to is (typeof referred)[number] => referred.some((each) => each === to);

/** What the file is imported as, and which field each column becomes; changing anything tries the rows again. */
export const MappingTable = ({ job, targets, target, editable, onChange }: Props) => {
  const { t, i18n } = useTranslation('imports');
  const { locale } = useLocale();
  const name = (each: { name: string; nameEn: string }) => (i18n.language === 'en' ? each.nameEn : each.name);
  const taken = new Set(job.columns.map((column) => column.field));
  return (
    <section className="import-mapping" aria-label={t('mapping')}>
      <div className="import-mapping__head">
        <h2>{t('mapping')}</h2>
        <label>{t('field.target')}
          <Select
            aria-label={t('field.target')} value={job.target ?? undefined} disabled={!editable} popupMatchSelectWidth={false} placeholder={t('chooseTarget')} style={{ minWidth: 140 }}
            options={targets.map((each) => ({ value: each.target, label: name(each) }))} onChange={(value: string) => onChange({ target: value })}
          />
        </label>
        {job.targetGuessed && job.target ? <Tag>{t('guessed')}</Tag> : null}
      </div>
      <div className="import-scroll">
        <table className="import-table">
          <thead><tr><th scope="col">{t('column.name')}</th><th scope="col">{t('column.samples')}</th><th scope="col">{t('column.detected')}</th><th scope="col">{t('column.field')}</th><th scope="col">{t('column.blank')}</th><th scope="col">{t('column.confidence')}</th></tr></thead>
          <tbody>
            {job.columns.map((column) => {
              const custom = `custom.${column.name.replace(/[^\p{L}\p{N}_]+/gu, '_')}`;
              const options = [
                ...(target?.fields ?? []).map((field) => ({ value: field.code, label: `${name(field)}${field.required ? ' *' : ''}`, disabled: taken.has(field.code) && field.code !== column.field })),
                ...(target?.externalKeys ? ['externalKeys.salesforce', 'externalKeys.hubspot', 'externalKeys.espocrm', column.field ?? ''].filter((code, index, all) => code.startsWith('externalKeys.') && all.indexOf(code) === index && !target.fields.some((field) => field.code === code))
                  .map((code) => ({ value: code, label: t('column.externalKey', { system: code.slice('externalKeys.'.length) }), disabled: taken.has(code) && code !== column.field })) : []),
                ...(target?.customFields ? [{ value: column.field?.startsWith('custom.') ? column.field : custom, label: t('column.custom', { name: column.name }) }] : []),
              ];
              const to = target?.fields.find((field) => field.code === column.field)?.referenceTo;
              return (
                <tr key={column.index}>
                  <th scope="row">{column.name}</th>
                  <td className="import-table__samples">{column.samples.slice(0, 3).join(' · ') || <span className="muted">{t('column.empty')}</span>}</td>
                  <td>
                    {column.detected ? <>{t(`type.${column.detected.type}`)} {column.detected.format ? <code>{column.format ?? column.detected.format}</code> : null}</> : null}
                    {column.detected?.ambiguous ? (
                      <Select
                        size="small" status="warning" disabled={!editable} aria-label={t('column.format', { name: column.name })} placeholder={t('column.ambiguous')} popupMatchSelectWidth={false}
                        options={[column.detected.format, ...(column.detected.alternatives ?? [])].filter((value, index, all) => value && all.indexOf(value) === index).map((value) => ({ value, label: value }))}
                        onChange={(format: string) => onChange({ columns: [{ name: column.name, field: column.field, format, blank: column.blank ?? null }] })}
                      />
                    ) : null}
                    {column.detected && column.detected.blanks > 0 ? <span className="muted"> {t('column.blanks', { count: column.detected.blanks })}</span> : null}
                  </td>
                  <td>
                    <Select
                      allowClear showSearch={{ optionFilterProp: 'label' }} disabled={!editable || !target} aria-label={t('column.fieldOf', { name: column.name })} placeholder={t('column.leaveOut')} popupMatchSelectWidth={false} style={{ width: 190 }}
                      value={column.field ?? undefined} options={options} onChange={(field: string | undefined) => onChange({ columns: [{ name: column.name, field: field ?? null, format: column.format ?? null, blank: column.blank ?? null }] })}
                    />
                    {isReferred(to) ? <p className="import-mapping__help muted">{t(`reference.${to}`)}</p> : null}
                  </td>
                  <td>
                    {column.field ? (
                      <Select
                        size="small" disabled={!editable} aria-label={t('column.blankOf', { name: column.name })} popupMatchSelectWidth={false} style={{ width: 128 }} value={column.blank ?? 'file'}
                        options={(['file', 'keep', 'clear'] as const).map((value) => ({ value, label: value === 'file' ? t('column.asFile') : t(`options.blanks.${value}`) }))}
                        onChange={(blank) => onChange({ columns: [{ name: column.name, field: column.field, format: column.format ?? null, blank: blank === 'file' ? null : blank }] })}
                      />
                    ) : null}
                  </td>
                  <td className="number muted">{column.field && column.confidence ? formatRatio(column.confidence, locale, 0) : ''}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
};
