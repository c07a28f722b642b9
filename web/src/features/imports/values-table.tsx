import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportJob, ImportValue } from '@/lib/api-types';
import type { ImportTarget } from './use-import';

interface Props { job: ImportJob; target?: ImportTarget; editable: boolean; onChange: (body: object) => void }

/** Values written in another way than what is known: what each becomes, and for how many rows. Uncertain ones wait for a person. */
export const ValuesTable = ({ job, target, editable, onChange }: Props) => {
  const { t, i18n } = useTranslation('imports');
  const [edited, setEdited] = useState<Record<string, string>>({});
  const key = (value: ImportValue) => `${value.field}\n${value.from}`;
  const fieldName = (code: string) => { const field = target?.fields.find((each) => each.code === code); return field ? (i18n.language === 'en' ? field.nameEn : field.name) : code; };
  const apply = () => {
    onChange({ values: job.values.map((value) => ({ field: value.field, from: value.from, to: edited[key(value)] ?? (value.applied ? value.to : undefined) })).filter((value) => value.to) });
    setEdited({});
  };
  return (
    <section className="import-values" aria-label={t('values.label')}>
      <div className="import-mapping__head"><h2>{t('values.label')}</h2>{editable && Object.keys(edited).length > 0 ? <Button size="small" type="primary" onClick={apply}>{t('values.apply')}</Button> : null}</div>
      <div className="import-scroll">
        <table className="import-table">
          <thead><tr><th scope="col">{t('column.field')}</th><th scope="col">{t('values.from')}</th><th scope="col">{t('values.to')}</th><th scope="col">{t('field.rows')}</th><th scope="col">{t('values.state')}</th></tr></thead>
          <tbody>
            {job.values.map((value) => (
              <tr key={key(value)}>
                <td>{fieldName(value.field)}</td>
                <td>{value.from}</td>
                <td>{editable
                  ? <span className="import-values__to"><Input size="small" aria-label={t('values.toOf', { value: value.from })} value={edited[key(value)] ?? value.to ?? ''} onChange={(event) => setEdited({ ...edited, [key(value)]: event.target.value })} />{!value.applied && value.to && edited[key(value)] === undefined ? <Button size="small" onClick={() => setEdited({ ...edited, [key(value)]: value.to! })}>{t('values.accept')}</Button> : null}</span>
                  : value.to}</td>
                <td className="number">{value.rows}</td>
                <td>{value.applied ? t('values.applied') : <span className="import-warning">{t('values.open')}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};
