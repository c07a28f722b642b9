import { BankOutlined, UserOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { DateText } from '@/components/values';
import type { Customer } from '@/lib/api-types';
import { useNow } from '@/lib/now';
import './customers.css';

export const LifecycleMark = ({ value }: { value: Customer['lifecycle'] }) => {
  const { t } = useTranslation('customers');
  return <span className="mark" data-lifecycle={value}>{t(`lifecycle.${value}`)}</span>;
};
export const TierMark = ({ value }: { value: Customer['tier'] }) => {
  const { t } = useTranslation('customers');
  return value ? <span className="tier" data-tier={value} title={t('tierOf', { tier: value })}>{value}</span> : <span className="muted">—</span>;
};
export const KindIcon = ({ value }: { value: Customer['kind'] }) => {
  const { t } = useTranslation('customers');
  const Icon = value === 'person' ? UserOutlined : BankOutlined;
  return <Icon className="kind-icon" aria-label={t(`kind.${value}`)} role="img" />;
};
export const Tags = ({ values, most = 3 }: { values: string[] | undefined; most?: number }) => {
  if (!values?.length) return <span className="muted">—</span>;
  const rest = values.slice(most);
  return (
    <span className="tags">
      {values.slice(0, most).map((tag) => <span key={tag} className="tag">{tag}</span>)}
      {rest.length > 0 ? <span className="tag" title={rest.join(', ')}>+{rest.length}</span> : null}
    </span>
  );
};
/** The day on which the customer goes into the pool unless somebody follows up. */
export const RecycleMark = ({ value }: { value: string | null | undefined }) => {
  const { t } = useTranslation('customers');
  return value ? <span className="mark overdue" title={t('pool.soonText')}>{t('pool.soon')} <DateText value={value} /></span> : null;
};
/** The next planned follow-up; one that is past stands out. */
export const NextFollowUp = ({ value }: { value: string | null | undefined }) => {
  const { t } = useTranslation('customers');
  const now = useNow();
  if (!value) return <span className="muted">{t('noPlan')}</span>;
  const overdue = Date.parse(value) < now;
  return <span className={overdue ? 'overdue' : undefined}>{overdue ? `${t('overdue')} · ` : ''}<DateText value={value} as="relative" /></span>;
};
