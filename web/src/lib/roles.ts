import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Role } from '@/lib/api-types';
import { get } from '@/lib/http';
import { useCan } from '@/lib/session';

const builtIn = ['admin', 'manager', 'sales', 'service', 'auditor', 'integrator'];

/** Every role, built-in ones first; none for who may not see roles. */
export const useRoles = () => {
  const can = useCan();
  return useQuery({ queryKey: ['roles', 'all'], queryFn: ({ signal }) => get<{ data: Role[] }>('roles', undefined, signal), enabled: can('roles.view'), staleTime: 60_000 }).data?.data ?? [];
};

/** Words roles by their codes: built-in ones in the language of the page, own ones by their names. */
export const useRoleNames = () => {
  const { t } = useTranslation();
  const roles = useRoles();
  return (codes: readonly string[]) => codes.map((code) => (builtIn.includes(code) ? t(`role.${code}`) : roles.find((role) => role.code === code)?.name ?? code)).join(t('comma'));
};
