import { FilterOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone } from '@/lib/preferences';
import './filter-bar.css';

interface Props {
  /** Always in sight: views and the search box. */
  children: ReactNode;
  /** Behind a button on a phone. */
  filters: ReactNode;
  /** How many filters are set. */
  active: number;
  onClear: () => void;
}

/** What narrows a list: all of it in one line on a desk, the filters behind a button on a phone. */
export const FilterBar = ({ children, filters, active, onClear }: Props) => {
  const { t } = useTranslation();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  return (
    <div className="filter-bar" role="search">
      {children}
      {phone ? <Button icon={<FilterOutlined />} aria-expanded={open} onClick={() => setOpen(!open)}>{active > 0 ? t('filter.buttonWith', { count: active }) : t('filter.button')}</Button> : null}
      {phone && !open ? null : filters}
      {active > 0 ? <Button type="link" className="filter-bar__clear" onClick={onClear}>{t('filter.clear')}</Button> : null}
    </div>
  );
};
