import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { MoneyText } from '@/components/values';
import type { Product } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useCan } from '@/lib/session';

const ProductDialog = lazy(() => import('./product-dialog'));

/** What is sold, with its list price. */
export const Products = () => {
  const { t } = useTranslation('settings');
  const can = useCan();
  const [editing, setEditing] = useState<Product | 'new'>();
  const query = useList<Product>('products', { limit: 100 });
  const edit = (product: Product) => (can('products.change') ? <Button type="link" size="small" onClick={() => setEditing(product)} aria-label={t('products.edit', { name: product.name })}>{t('edit')}</Button> : null);
  const add = can('products.create') ? <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('products.add')}</Button> : null;
  const columns: Column<Product>[] = [
    { key: 'code', title: t('products.code'), width: 180, render: (product) => product.code },
    { key: 'name', title: t('products.name'), width: 280, render: (product) => product.name },
    { key: 'price', title: t('products.unitPrice'), width: 160, align: 'right', render: (product) => <MoneyText value={product.unitPrice} /> },
    { key: 'active', title: t('products.state'), width: 120, render: (product) => t(product.active ? 'products.active' : 'products.inactive') },
    { key: 'edit', title: '', width: 90, align: 'right', render: edit },
  ];
  return (
    <>
      {add ? <div className="settings__tools">{add}</div> : null}
      <DataList<Product>
        label={t('products.title')} query={query} rowKey={(product) => product.id} columns={columns} empty={<EmptyState title={t('products.none')} action={add} />}
        card={(product) => <div className="settings__card"><b>{product.name}</b><span>{product.code} · <MoneyText value={product.unitPrice} /></span><span>{edit(product)}</span></div>}
      />
      <Suspense fallback={null}>{editing ? <ProductDialog product={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}</Suspense>
    </>
  );
};
