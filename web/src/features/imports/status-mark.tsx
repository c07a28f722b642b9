import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ImportStatus } from '@/lib/api-types';

const colors: Record<ImportStatus, string> = {
  uploaded: 'default', checking: 'processing', checked: 'blue', running: 'processing', completed: 'success', failed: 'error', cancelled: 'default', reverting: 'processing', reverted: 'warning',
};
export const StatusMark = ({ status }: { status: ImportStatus }) => {
  const { t } = useTranslation('imports');
  return <Tag color={colors[status]}>{t(`status.${status}`)}</Tag>;
};
