import { Checkbox, Form, Input, InputNumber, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Product } from '@/lib/api-types';
import { useLocale } from '@/lib/session';

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
      <Form<Values> name="product" form={form} layout="vertical" initialValues={product ? { ...product, price: product.unitPrice?.amount } : { active: true }} onFinish={(values) => void submit(values)}>
        <Form.Item name="code" label={t('products.code')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={60} /></Form.Item>
        <Form.Item name="name" label={t('products.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="price" label={t('products.unitPrice')}><InputNumber min={0} precision={2} style={{ width: '100%' }} suffix={unit} /></Form.Item>
        <Form.Item name="active" valuePropName="checked" noStyle><Checkbox>{t('products.active')}</Checkbox></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ProductDialog;
