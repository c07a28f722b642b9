import { useQuery } from '@tanstack/react-query';
import { Select, type SelectProps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Customer } from '@/lib/api-types';
import { useDebounced } from '@/lib/debounced';
import { listPage } from '@/lib/quick-search';
import { useAbsence } from '@/lib/absence';
import { useUsers } from '@/lib/users';

interface Common { value?: string | null; onChange?: (value: string | undefined) => void; id?: string; 'aria-label'?: string; placeholder?: string; allowClear?: boolean; disabled?: boolean; autoFocus?: boolean; style?: React.CSSProperties; size?: SelectProps['size']; variant?: SelectProps['variant'] }

export const UserSelect = ({ value, onChange, ...rest }: Common) => {
  const { t } = useTranslation();
  const users = useUsers();
  const absence = useAbsence();
  return (
    <Select
      showSearch={{ optionFilterProp: 'label' }} allowClear placeholder={t('select.user')} {...rest} value={value ?? undefined} loading={users.isPending}
      onChange={(id: string | undefined) => onChange?.(id)}
      options={(users.data ?? []).filter((user) => user.active || user.id === value).map((user) => ({ value: user.id, label: `${user.displayName}${user.department ? `（${user.department}）` : ''}${absence(user.id) ? ` · ${t('absence.absent')}` : ''}` }))}
    />
  );
};

/** `label` is the name of the chosen customer until the list has it. */
export const CustomerSelect = ({ value, onChange, label, ...rest }: Common & { label?: string | null }) => {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const q = useDebounced(text.trim(), 200);
  const found = useQuery({
    queryKey: ['customers', 'choose', q],
    queryFn: async ({ signal }) => (await listPage<Customer>('customers', { q, limit: 20, sort: q ? undefined : '-updatedAt' }, signal)).data,
    staleTime: 30_000,
  });
  const options = (found.data ?? []).map((customer) => ({ value: customer.id, label: customer.name }));
  if (value && label && !options.some((option) => option.value === value)) options.unshift({ value, label });
  return (
    <Select
      showSearch={{ filterOption: false, onSearch: setText }} allowClear placeholder={t('select.customer')} {...rest} value={value ?? undefined} loading={found.isFetching} options={options}
      notFoundContent={found.isFetching ? t('loading') : t('select.nothing')} onChange={(id: string | undefined) => onChange?.(id)}
    />
  );
};
