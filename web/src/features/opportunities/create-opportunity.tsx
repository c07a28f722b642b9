import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { App, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CustomFormItems } from '@/components/custom-form-items';
import { DateField } from '@/components/date-field';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { CustomValue, Opportunity } from '@/lib/api-types';
import { useDraft } from '@/lib/drafts';
import { customBody } from '@/lib/fields';
import { post } from '@/lib/http';
import { usePipelines } from '@/lib/pipelines';
import { fieldPath, isProblem } from '@/lib/problem';
import { useLocale, useSession } from '@/lib/session';
import { linesBody, type LineValues } from './lines';
import { LinesInput } from './lines-input';
import { useProducts } from './products';
import { useStageName } from './words';
import './opportunities.css';

interface Values { name?: string; customerId?: string; pipelineId?: string; stage?: string; amount?: number | null; expectedCloseDate?: string | null; ownerId?: string; nextStep?: string; lines?: LineValues[]; custom?: Record<string, CustomValue> }

/** A new opportunity with what it is about; the amount follows the lines unless one is typed. */
export const CreateOpportunityPage = () => {
  const { t } = useTranslation('opportunities');
  const { user } = useSession();
  const { currency } = useLocale();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const pipelines = usePipelines();
  const products = useProducts();
  const stageName = useStageName();
  const { customerId } = useSearch({ strict: false }) as { customerId?: string };
  const [form] = Form.useForm<Values>();
  const draft = useDraft<Values>(`opportunities.new.${user.id}`, { ownerId: user.id });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const pipelineId = Form.useWatch('pipelineId', form);
  const stage = Form.useWatch('stage', form);
  const custom = Form.useWatch('custom', form);
  const pipeline = pipelines.data?.find((each) => (pipelineId ? each.id === pipelineId : each.isDefault));

  const submit = async ({ lines, amount, custom, ...rest }: Values) => {
    setBusy(true);
    setError(undefined);
    try {
      const body = linesBody(lines, products.data ?? [], currency);
      const created = await post<Opportunity>('opportunities', {
        ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== null && value !== '')),
        ...(amount === undefined || amount === null ? {} : { amount: { amount, currency: body.find((line) => line.unitPrice)?.unitPrice?.currency ?? currency } }),
        ...(body.length > 0 ? { lines: body } : {}),
        ...customBody(custom),
      });
      draft.drop();
      void client.invalidateQueries({ queryKey: ['opportunities'] });
      void message.success(t('created', { name: created.name }));
      await navigate({ to: '/opportunities/$id', params: { id: created.id }, replace: true });
    } catch (problem) {
      setError(problem);
      if (isProblem(problem)) form.setFields(problem.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
    } finally { setBusy(false); }
  };
  return (
    <>
      <PageHeader title={t('create')} note={draft.restored ? t('draftRestored') : undefined} />
      <Form<Values>
        className="opportunity-form" form={form} layout="vertical" initialValues={{ ...draft.initial, ...(customerId ? { customerId } : {}) }} onValuesChange={draft.onValuesChange}
        onFinish={(values) => void submit(values)} scrollToFirstError aria-label={t('create')}
      >
        <div className="opportunity-form__grid">
          <Form.Item className="opportunity-form__wide" name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('nameRequired') }]}><Input maxLength={200} autoFocus autoComplete="off" /></Form.Item>
          <Form.Item name="customerId" label={t('field.customerId')} rules={[{ required: true, message: t('customerRequired') }]}><CustomerSelect /></Form.Item>
          <Form.Item name="ownerId" label={t('field.ownerId')}><UserSelect /></Form.Item>
          <Form.Item name="pipelineId" label={t('field.pipelineId')}><Select placeholder={pipeline?.name} options={(pipelines.data ?? []).map((each) => ({ value: each.id, label: each.name }))} onChange={() => form.setFieldValue('stage', undefined)} /></Form.Item>
          <Form.Item name="stage" label={t('field.stage')}><Select allowClear placeholder={pipeline?.stages[0] && stageName(pipeline.stages[0])} options={(pipeline?.stages ?? []).filter((stage) => stage.kind === 'open').map((stage) => ({ value: stage.code, label: stageName(stage) }))} /></Form.Item>
          <Form.Item name="amount" label={t('field.amount')} extra={t('amountHint')}><InputNumber min={0} controls={false} suffix={currency} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="expectedCloseDate" label={t('field.expectedCloseDate')}><DateField style={{ width: '100%' }} /></Form.Item>
          <Form.Item className="opportunity-form__wide" name="nextStep" label={t('field.nextStep')}><Input maxLength={1000} /></Form.Item>
          <CustomFormItems target="opportunities" record={{ stage: stage ?? pipeline?.stages[0]?.code, stageKind: 'open', custom }} />
        </div>
        <h2>{t('line.title')}</h2>
        <LinesInput form={form as never} />
        {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
        <div className="opportunity-form__foot">
          <Button type="primary" htmlType="submit" loading={busy}>{t('createSubmit')}</Button>
          <Button onClick={() => { draft.drop(); router.history.back(); }}>{t('common:cancel')}</Button>
        </div>
      </Form>
    </>
  );
};
