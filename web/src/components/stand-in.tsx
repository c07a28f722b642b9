import { useTranslation } from 'react-i18next';
import { useAbsence } from '@/lib/absence';
import { formatDate } from '@/lib/format';
import { useCan, useLocale } from '@/lib/session';

interface Props { userId: string | null | undefined }

const Mark = ({ userId }: Props) => {
  const { t } = useTranslation();
  const { locale, timeZone } = useLocale();
  const absence = useAbsence()(userId);
  return absence ? <span className="mark">{t('absence.mark', { name: absence.name, until: formatDate(absence.until, locale, timeZone) })}</span> : null;
};

/** Beside an owner's name: who stands in while the owner is absent. */
export const StandIn = ({ userId }: Props) => (useCan()('users.view') && userId ? <Mark userId={userId} /> : null);
