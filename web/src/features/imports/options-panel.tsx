import { Button, Input, Segmented, Select, Space, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { ImportJob } from '@/lib/api-types';
import { fieldLabel } from './row-changes';
import type { ImportTarget } from './use-import';

interface Props { job: ImportJob; target?: ImportTarget; editable: boolean; onChange: (body: object) => void }

/** Which rows may do what, by what they find their records, what blank cells do; and the name under which all of it is kept for the next file. */
export const OptionsPanel = ({ job, target, editable, onChange }: Props) => {
  const { t, i18n } = useTranslation('imports');
  const { busy, error, execute } = useCommandState();
  const [name, setName] = useState('');
  const [saved, setSaved] = useState<string>();
  const { options } = job;
  const change = (part: object) => onChange({ options: { ...options, ...part } });
  const save = async () => {
    if (await execute({ path: 'imports/mappings', body: { name: name.trim(), importId: job.id } })) { setSaved(name.trim()); setName(''); }
  };
  const known = (['import', 'salesforce', 'hubspot', 'espocrm'] as const).find((system) => system === job.mappedBy);
  return (
    <section className="import-options" aria-label={t('options.label')}>
      <div className="import-mapping__head"><h2>{t('options.label')}</h2>{job.mappedBy ? <Tag color="blue">{known ? t('options.exportOf', { name: t(`system.${known}`) }) : t('options.mappedBy', { name: job.mappedBy })}</Tag> : null}</div>
      <div className="import-options__grid">
        <label><span>{t('options.mode')}</span>
          <Select disabled={!editable} aria-label={t('options.mode')} value={options.mode ?? 'createAndUpdate'} options={(['createAndUpdate', 'createOnly', 'updateOnly'] as const).map((value) => ({ value, label: t(`options.modes.${value}`) }))} onChange={(mode) => change({ mode })} />
        </label>
        {target && target.matchKeys.length > 0 ? (
          <label><span>{t('options.match')}</span>
            <Select
              mode="multiple" disabled={!editable} aria-label={t('options.match')} placeholder={t('options.matchAuto')} value={options.match ?? []}
              options={target.matchKeys.map((value) => ({ value, label: value === 'externalKeys' ? t('options.externalKeys') : fieldLabel(value, target, i18n.language) }))} onChange={(match: string[]) => change({ match: match.length > 0 ? match : null })}
            />
            <small className="muted">{t('options.matchText')}</small>
          </label>
        ) : null}
        <label><span>{t('options.blank')}</span>
          <Segmented disabled={!editable} aria-label={t('options.blank')} value={options.blank ?? 'keep'} options={(['keep', 'clear'] as const).map((value) => ({ value, label: t(`options.blanks.${value}`) }))} onChange={(blank) => change({ blank })} />
          <small className="muted">{t('options.blankText')}</small>
        </label>
        <label><span>{t('options.duplicates')}</span>
          <Segmented disabled={!editable} aria-label={t('options.duplicates')} value={options.duplicates ?? 'skip'} options={(['skip', 'create'] as const).map((value) => ({ value, label: t(`options.likely.${value}`) }))} onChange={(duplicates) => change({ duplicates })} />
        </label>
      </div>
      {job.target ? (
        <form className="import-options__save" onSubmit={(event) => { event.preventDefault(); void save(); }}>
          <Space.Compact>
            <Input aria-label={t('options.saveName')} placeholder={t('options.saveName')} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            <Button htmlType="submit" loading={busy} disabled={!name.trim()}>{t('options.save')}</Button>
          </Space.Compact>
          <span className="muted" role="status">{saved ? t('options.saved', { name: saved }) : t('options.saveText')}</span>
          <ProblemAlert error={error} />
        </form>
      ) : null}
    </section>
  );
};
