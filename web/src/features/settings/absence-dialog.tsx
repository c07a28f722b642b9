import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { AbsencePanel } from '@/components/absence-panel';
import type { User } from '@/lib/api-types';

const AbsenceDialog = ({ user, onClose }: { user: User; onClose: () => void }) => {
  const { t } = useTranslation();
  return <Modal open title={t('absence.of', { name: user.displayName })} footer={null} onCancel={onClose}><AbsencePanel userId={user.id} /></Modal>;
};
export default AbsenceDialog;
