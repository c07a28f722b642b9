import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';

export const NotFound = () => {
  const { t } = useTranslation();
  return <EmptyState title={t('notFound.title')} description={t('notFound.description')} action={<Link to="/">{t('notFound.home')}</Link>} />;
};
export const Failure = ({ error, reset }: ErrorComponentProps) => {
  const { t } = useTranslation();
  return (
    <div style={{ padding: 24, maxWidth: 720 }}>
      <ProblemAlert error={error} />
      <Button style={{ marginTop: 12 }} onClick={() => { reset(); location.reload(); }}>{t('reload')}</Button>
    </div>
  );
};
