import { Link } from '@tanstack/react-router';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { useDraft } from '@/lib/drafts';
import { post } from '@/lib/http';
import { fieldPath, isProblem } from '@/lib/problem';
import { PublicFrame } from './public-frame';

interface Values { name: string; phone: string; email?: string; subject: string; description: string; type?: string }

/** A customer reports something, without an account. */
export const PublicFormPage = () => {
  const { t } = useTranslation('public-form');
  const [form] = Form.useForm<Values>();
  const draft = useDraft<Values>('public-form');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState<{ number: string; token: string }>();
  const submit = async (values: Values) => {
    setBusy(true);
    setError(undefined);
    try {
      const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
      setSent(await post<{ number: string; token: string }>('public/tickets', body));
      draft.drop();
    } catch (problem) {
      setError(problem);
      if (isProblem(problem)) form.setFields(problem.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
    } finally { setBusy(false); }
  };
  if (sent) return (
    <PublicFrame title={t('received')} text={t('receivedText')}>
      <p className="public__number" role="status">{sent.number}</p>
      <p><Link to="/form/$token" params={{ token: sent.token }}>{t('follow')}</Link></p>
      <Input readOnly value={`${location.origin}/form/${sent.token}`} aria-label={t('link')} onFocus={(event) => event.target.select()} style={{ marginTop: 12 }} />
    </PublicFrame>
  );
  return (
    <PublicFrame title={t('title')} text={t('text')}>
      <Form<Values> name="request" form={form} layout="vertical" initialValues={draft.initial} onValuesChange={draft.onValuesChange} onFinish={(values) => void submit(values)} scrollToFirstError aria-label={t('title')}>
        <div className="public__pair">
          <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('nameRequired') }]}><Input maxLength={100} autoComplete="name" /></Form.Item>
          <Form.Item name="phone" label={t('phone')} rules={[{ required: true, whitespace: true, message: t('phoneRequired') }]}><Input type="tel" maxLength={40} autoComplete="tel" /></Form.Item>
          <Form.Item name="email" label={t('email')} rules={[{ type: 'email', message: t('emailInvalid') }]}><Input type="email" maxLength={254} autoComplete="email" /></Form.Item>
          <Form.Item name="type" label={t('type')}><Select allowClear options={['consultation', 'fault', 'complaint', 'afterSales', 'suggestion'].map((type) => ({ value: t(`types.${type}`), label: t(`types.${type}`) }))} /></Form.Item>
        </div>
        <Form.Item name="subject" label={t('subject')} rules={[{ required: true, whitespace: true, message: t('subjectRequired') }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="description" label={t('description')} rules={[{ required: true, whitespace: true, message: t('descriptionRequired') }]}><Input.TextArea autoSize={{ minRows: 5, maxRows: 16 }} maxLength={8000} /></Form.Item>
        <p className="muted" style={{ marginBottom: 14 }}>{t('privacy')}</p>
        {error ? <div style={{ marginBottom: 14 }}><ProblemAlert error={error} /></div> : null}
        <Button type="primary" htmlType="submit" size="large" loading={busy}>{t('submit')}</Button>
      </Form>
    </PublicFrame>
  );
};
