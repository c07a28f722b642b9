import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/page-header';
export const CustomerListPage = () => {
  const { t } = useTranslation('customers');
  return <PageHeader title={t('title')} />;
};
