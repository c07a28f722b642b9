import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, InputNumber, Select, type FormInstance } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Money, OpportunityLine, Product } from '@/lib/api-types';
import { formatMoney } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { lineSum, type LineValues } from './lines';
import { useProducts } from './products';

const priceOf = (products: Product[] | undefined, id: string | undefined): Money | null | undefined => products?.find((product) => product.id === id)?.unitPrice;

/** The lines of an opportunity inside a form: product, quantity, price and discount; a blank price is the list price. */
export const LinesInput = ({ form }: { form: FormInstance<{ lines?: LineValues[] }> }) => {
  const { t } = useTranslation('opportunities');
  const { locale, currency } = useLocale();
  const products = useProducts();
  const lines = Form.useWatch('lines', form) as LineValues[] | undefined;
  const sum = lineSum(lines ?? [], products.data ?? [], currency);
  return (
    <Form.List name="lines">
      {(fields, { add, remove }) => (
        <div className="lines-input">
          {fields.map((field) => {
            const line = lines?.[field.name];
            const list = priceOf(products.data, line?.productId);
            return (
              <div key={field.key} className="lines-input__row" role="group" aria-label={t('line.numbered', { number: field.name + 1 })}>
                <Form.Item name={[field.name, 'productId']} label={t('field.productId')} rules={[{ required: true, message: t('line.productRequired') }]}>
                  <Select
                    showSearch={{ optionFilterProp: 'label' }} loading={products.isPending} placeholder={t('line.product')} popupMatchSelectWidth={false}
                    options={(products.data ?? []).filter((product) => product.active || product.id === line?.productId).map((product) => ({ value: product.id, label: `${product.name} (${product.code})` }))}
                  />
                </Form.Item>
                <Form.Item name={[field.name, 'quantity']} label={t('field.quantity')} rules={[{ required: true, message: t('line.quantityRequired') }]}><InputNumber min={0.000001} controls={false} /></Form.Item>
                <Form.Item name={[field.name, 'price']} label={t('field.unitPrice')} rules={[{ required: Boolean(line?.productId) && !list, message: t('line.priceRequired') }]}>
                  <InputNumber min={0} controls={false} placeholder={list ? formatMoney(list, locale) : ''} />
                </Form.Item>
                <Form.Item name={[field.name, 'discount']} label={t('field.discount')}><InputNumber min={0} max={100} controls={false} suffix="%" /></Form.Item>
                <Button type="text" icon={<DeleteOutlined />} aria-label={t('line.remove', { number: field.name + 1 })} onClick={() => remove(field.name)} />
              </div>
            );
          })}
          <div className="lines-input__foot">
            <Button icon={<PlusOutlined />} onClick={() => add({ quantity: 1 } satisfies LineValues)}>{t('line.add')}</Button>
            {sum ? <span>{t('line.sum')} <b className="number">{formatMoney(sum, locale)}</b></span> : null}
          </div>
        </div>
      )}
    </Form.List>
  );
};

/** The lines of a record as the form shows them. */
export const lineValues = (lines: OpportunityLine[] | undefined): LineValues[] =>
  (lines ?? []).map((line) => ({ productId: line.productId, quantity: line.quantity, price: line.unitPrice.amount, discount: line.discount ? Math.round(line.discount * 1e8) / 1e6 : undefined, currency: line.unitPrice.currency }));
