import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import type { Opportunity, OpportunityReview } from '@/lib/api-types';
import { useOpportunityWords } from './words';

type Values = Pick<OpportunityReview, 'keyFactors' | 'unmetNeeds' | 'summary'>;

/** The usual ones; any other text may be typed. */
const factors = ['price', 'service', 'fit', 'relationship', 'delivery', 'reputation'] as const;

/** What was learned from a closed opportunity: what decided it, which needs stayed open. */
const ReviewDialog = ({ opportunity, onClose }: { opportunity: Opportunity; onClose: () => void }) => {
  const { t } = useTranslation('opportunities');
  const words = useOpportunityWords(opportunity.pipelineId);
  const [form] = Form.useForm<Values>();
  const { busy, error, execute } = useCommandState();
  const submit = async (body: Values) => {
    if ((await execute({ path: `opportunities/${opportunity.id}/review`, body, version: opportunity.version, done: t('saved'), refresh: [['customers']], ...words })) !== undefined) onClose();
  };
  const options = factors.map((factor) => t(`review.factor.${factor}`)).map((value) => ({ value, label: value }));
  return (
    <Modal open title={t('review.title')} okText={t('common:save')} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<Values> form={form} layout="vertical" initialValues={opportunity.review ?? { keyFactors: [], unmetNeeds: [] }} onFinish={(values) => void submit(values)}>
        <Form.Item name="keyFactors" label={t('field.keyFactors')} extra={t('review.several')}><Select mode="tags" autoFocus options={options} tokenSeparators={[',', '，', ';', '；']} /></Form.Item>
        <Form.Item name="unmetNeeds" label={t('field.unmetNeeds')}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', ';', '；']} /></Form.Item>
        <Form.Item name="summary" label={t('field.summary')}><Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={4000} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default ReviewDialog;
