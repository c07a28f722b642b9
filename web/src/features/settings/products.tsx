import { PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DataList, type Column } from '@/components/data-list';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { MoneyText } from '@/components/values';
import type { Product } from '@/lib/api-types';
import { useList } from '@/lib/lists';
import { useCan, useLocale } from '@/lib/session';

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
      {editing ? <ProductDialog product={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}
    </>
  );
};

interface Values { code: string; name: string; price?: number | null; active: boolean }

const ProductDialog = ({ product, onClose }: { product?: Product; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { currency } = useLocale();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const unit = product?.unitPrice?.currency ?? currency;
  const submit = async ({ code, name, price, active }: Values) => {
    const body = { code, name, active, unitPrice: typeof price === 'number' ? { amount: price, currency: unit } : null };
    if ((await execute({ method: product ? 'PATCH' : 'POST', path: product ? `products/${product.id}` : 'products', body, version: product?.version, done: t('saved') })) !== undefined) onClose();
  };
  return (
    <Modal open title={product ? t('products.edit', { name: product.name }) : t('products.add')} okText={t('common:save')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> form={form} layout="vertical" initialValues={product ? { ...product, price: product.unitPrice?.amount } : { active: true }} onFinish={(values) => void submit(values)}>
        <Form.Item name="code" label={t('products.code')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={60} /></Form.Item>
        <Form.Item name="name" label={t('products.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="price" label={t('products.unitPrice')}><InputNumber min={0} precision={2} style={{ width: '100%' }} suffix={unit} /></Form.Item>
        <Form.Item name="active" valuePropName="checked" noStyle><Checkbox>{t('products.active')}</Checkbox></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
