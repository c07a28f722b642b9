import { WarningOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DuplicateCandidate } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { formatRatio } from '@/lib/format';
import { post } from '@/lib/http';
import { useLocale } from '@/lib/session';
import { ClaimButton } from './claim-button';

export const CandidateList = ({ candidates }: { candidates: DuplicateCandidate[] }) => {
  const { t } = useTranslation('customers');
  const { locale } = useLocale();
  const navigate = useNavigate();
  return (
    <ul>
      {candidates.map((candidate, index) => (
        <li key={candidate.id ?? index} className="candidate">
          {candidate.id && candidate.inPool ? <>{candidate.name} <span className="mark">{t('pool.inPool')}</span> <ClaimButton id={candidate.id} name={candidate.name ?? ''} onClaimed={() => void navigate({ to: '/customers/$id', params: { id: candidate.id! } })} /></>
            : candidate.id ? <Link to="/customers/$id" params={{ id: candidate.id }} target="_blank">{candidate.name}</Link>
            : <span>{candidate.department ? t('duplicate.elsewhereIn', { department: candidate.department }) : t('duplicate.elsewhere')}</span>}
          <p className="candidate__reasons">
            {candidate.reasons.map((reason) => t(`duplicate.reason.${reason}`)).join(' · ')}{candidate.score ? ` · ${t('duplicate.score', { score: formatRatio(candidate.score, locale, 0) })}` : ''}
          </p>
        </li>
      ))}
    </ul>
  );
};

export interface Identity { name?: string; phone?: string; email?: string }

/** Customers who may be the one being typed. What was typed travels in the body: it is personal. */
export const useDuplicates = (identity: Identity) => {
  const settled = useDebounced(JSON.stringify({ name: identity.name?.trim(), phone: identity.phone?.trim(), email: identity.email?.trim() }), 400);
  const asked = JSON.parse(settled) as Identity;
  return useQuery({
    queryKey: ['customers', 'duplicates', settled],
    queryFn: async ({ signal }) => (await post<{ data: DuplicateCandidate[] }>('customers/duplicates', asked, { reads: true, signal })).data,
    enabled: (asked.name?.length ?? 0) >= 2 || (asked.phone?.length ?? 0) >= 7 || Boolean(asked.email?.includes('@')),
    staleTime: 60_000,
  }).data ?? [];
};

/** The server found likely duplicates: look at them, or create anyway (which is recorded). */
export const DuplicateDialog = ({ candidates, busy, onCreate, onCancel }: { candidates: DuplicateCandidate[]; busy: boolean; onCreate: () => void; onCancel: () => void }) => {
  const { t } = useTranslation('customers');
  return (
    <Modal
      open title={<><WarningOutlined style={{ color: 'var(--warning)', marginRight: 8 }} aria-hidden="true" />{t('duplicate.title')}</>} okText={t('duplicate.createAnyway')} cancelText={t('duplicate.back')}
      okButtonProps={{ danger: true, loading: busy }} onOk={onCreate} onCancel={onCancel}
    >
      <p>{t('duplicate.text')}</p>
      <CandidateList candidates={candidates} />
    </Modal>
  );
};
