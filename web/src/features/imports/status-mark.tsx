import { useTranslation } from 'react-i18next';
import type { ImportStatus } from '@/lib/api-types';
import './imports.css';

export const StatusMark = ({ status }: { status: ImportStatus }) => {
  const { t } = useTranslation('imports');
  return <span className="import-status" data-status={status}>{t(`status.${status}`)}</span>;
};
