import { DownOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/lib/session';

/** The ways to keep the customers on file in order: what is missing, who is on file twice, what no longer holds. */
export const QualityMenu = () => {
  const { t } = useTranslation('customers');
  const can = useCan();
  const items = [
    { key: 'completeness', label: <Link to="/customers/completeness">{t('completenessLink')}</Link> },
    ...(can('customers.change') ? [
      { key: 'duplicates', label: <Link to="/customers/duplicates">{t('duplicate.queue')}</Link> },
      { key: 'cleaning', label: <Link to="/customers/cleaning">{t('cleaning.title')}</Link> },
    ] : []),
  ];
  return <Dropdown menu={{ items }} trigger={['click']}><Button icon={<DownOutlined />} iconPlacement="end">{t('quality')}</Button></Dropdown>;
};
