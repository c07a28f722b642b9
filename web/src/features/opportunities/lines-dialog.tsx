import { Checkbox, Form, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Opportunity } from '@/lib/api-types';
import { useLocale } from '@/lib/session';
import { linesBody, type LineValues } from './lines';
import { LinesInput, lineValues } from './lines-input';
import { useProducts } from './products';
import { useOpportunityWords } from './words';
import './opportunities.css';

interface Values { lines?: LineValues[]; follow?: boolean }

/** Changes the lines as a whole; an amount stated by hand stays unless it shall follow the lines again. */
const LinesDialog = ({ opportunity, onClose }: { opportunity: Opportunity; onClose: () => void }) => {
  const { t } = useTranslation('opportunities');
  const { currency } = useLocale();
  const [form] = Form.useForm<Values>();
  const products = useProducts();
  const words = useOpportunityWords(opportunity.pipelineId);
  const { busy, error, execute } = useCommandState();
  const submit = async ({ lines, follow }: Values) => {
    const body = { lines: linesBody(lines, products.data ?? [], opportunity.amount?.currency ?? currency), ...(follow ? { amount: null } : {}) };
    if ((await execute({ method: 'PATCH', path: `opportunities/${opportunity.id}`, body, version: opportunity.version, done: t('saved'), ...words })) !== undefined) onClose();
  };
  return (
    <Modal open title={t('line.edit')} okText={t('common:save')} cancelText={t('common:cancel')} confirmLoading={busy} width={820} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> form={form} layout="vertical" initialValues={{ lines: opportunity.lines?.length ? lineValues(opportunity.lines) : [{ quantity: 1 }], follow: !opportunity.amount }} onFinish={(values) => void submit(values)}>
        <LinesInput form={form as never} />
        {opportunity.amountFromLines === false ? <Form.Item name="follow" valuePropName="checked"><Checkbox>{t('line.follow')}</Checkbox></Form.Item> : null}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default LinesDialog;
