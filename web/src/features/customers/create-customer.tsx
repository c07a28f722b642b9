import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { App, Button, Form, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CustomFormItems } from '@/components/custom-form-items';
import { PageHeader } from '@/components/page-header';
import { ProblemAlert } from '@/components/problem-alert';
import { CustomerSelect, UserSelect } from '@/components/selects';
import type { Contact, Customer, DuplicateCandidate } from '@/lib/api-types';
import { useDraft } from '@/lib/drafts';
import { customBody } from '@/lib/fields';
import { post } from '@/lib/http';
import { fieldPath, isProblem } from '@/lib/problem';
import { useSession } from '@/lib/session';
import { CandidateList, DuplicateDialog, useDuplicates, type Identity } from './duplicates';
import { useChoices } from './words';
import './customers.css';

interface Values extends Partial<Omit<Customer, 'id'>> { kind: 'company' | 'person'; name: string; contact?: Partial<Contact> }

const filled = <T extends object>(values: T) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)));

/** A new company or person, with likely duplicates shown while the name, phone or e-mail is typed. */
export const CreateCustomerPage = () => {
  const { t } = useTranslation('customers');
  const { user } = useSession();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const choices = useChoices();
  const [form] = Form.useForm<Values>();
  const draft = useDraft<Values>(`customers.new.${user.id}`, { kind: 'company', lifecycle: 'potential', ownerId: user.id });
  const [identity, setIdentity] = useState<Identity>({ name: draft.initial.name, phone: draft.initial.phone ?? undefined, email: draft.initial.email ?? undefined });
  const [kind, setKind] = useState(draft.initial.kind);
  const [entered, setEntered] = useState<Values>(draft.initial as Values);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [candidates, setCandidates] = useState<DuplicateCandidate[]>();
  const likely = useDuplicates(identity);

  const submit = async (values: Values, allowDuplicate = false) => {
    const { contact, custom, ...customer } = values;
    setBusy(true);
    setError(undefined);
    try {
      const created = await post<Customer>('customers', { ...filled(customer), ...customBody(custom) }, { allowDuplicate });
      draft.drop();
      const { custom: ofContact, ...person } = contact ?? {};
      if (person.name) await post(`customers/${created.id}/contacts`, { ...filled(person), ...customBody(ofContact), isPrimary: true }).catch(() => message.warning(t('contactNotSaved')));
      void client.invalidateQueries({ queryKey: ['customers'] });
      void message.success(t('created', { name: created.name }));
      await navigate({ to: '/customers/$id', params: { id: created.id }, replace: true });
    } catch (problem) {
      if (isProblem(problem, 'duplicate') && !allowDuplicate) setCandidates(problem.candidates);
      else {
        setCandidates(undefined);
        setError(problem);
        if (isProblem(problem)) form.setFields(problem.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
      }
    } finally { setBusy(false); }
  };

  return (
    <>
      <PageHeader title={t('create')} note={draft.restored ? t('draftRestored') : undefined} />
      <div className="create">
        <Form<Values>
          name="new-customer" className="create__form" form={form} layout="vertical" initialValues={draft.initial} onFinish={(values) => void submit(values)} scrollToFirstError aria-label={t('create')}
          onValuesChange={(changed, values) => { draft.onValuesChange(changed, values); setIdentity({ name: values.name, phone: values.phone ?? undefined, email: values.email ?? undefined }); setKind(values.kind); setEntered(values); }}
        >
          <div className="create__grid">
            <Form.Item className="create__wide" name="kind" label={t('field.kind')}><Radio.Group optionType="button" options={choices.kinds} /></Form.Item>
            <Form.Item name="name" label={t(kind === 'person' ? 'personName' : 'companyName')} rules={[{ required: true, whitespace: true, message: t('nameRequired') }]}><Input autoFocus maxLength={200} autoComplete="off" /></Form.Item>
            <Form.Item name="shortName" label={t('field.shortName')}><Input maxLength={100} autoComplete="off" /></Form.Item>
            <Form.Item name="phone" label={t('field.phone')}><Input type="tel" maxLength={40} autoComplete="off" /></Form.Item>
            <Form.Item name="email" label={t('field.email')} rules={[{ type: 'email', message: t('emailInvalid') }]}><Input type="email" maxLength={254} autoComplete="off" /></Form.Item>
            {kind === 'person' ? (
              <>
                <Form.Item name="idNumber" label={t('field.idNumber')}><Input maxLength={30} autoComplete="off" /></Form.Item>
                <Form.Item name="bankCard" label={t('field.bankCard')}><Input maxLength={40} autoComplete="off" /></Form.Item>
              </>
            ) : null}
            <Form.Item name="lifecycle" label={t('field.lifecycle')}><Select options={choices.lifecycles} /></Form.Item>
            <Form.Item name="tier" label={t('field.tier')}><Select allowClear options={choices.tiers} /></Form.Item>
            <Form.Item name="industry" label={t('field.industry')}><Input maxLength={100} /></Form.Item>
            <Form.Item name="size" label={t('field.size')}><Select allowClear options={choices.sizes} /></Form.Item>
            <Form.Item name="ownerId" label={t('field.ownerId')}><UserSelect /></Form.Item>
            <Form.Item name="source" label={t('field.source')}><Input maxLength={100} /></Form.Item>
            <Form.Item name="website" label={t('field.website')}><Input maxLength={300} /></Form.Item>
            <Form.Item name="parentId" label={t('field.parentId')}><CustomerSelect /></Form.Item>
            <Form.Item className="create__wide" name="address" label={t('field.address')}><Input maxLength={300} autoComplete="off" /></Form.Item>
            <Form.Item className="create__wide" name="needs" label={t('field.needs')}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={4000} /></Form.Item>
            <CustomFormItems target="customers" record={entered} />
            <Form.Item className="create__wide" name="tags" label={t('field.tags')}><Select mode="tags" options={choices.tags} tokenSeparators={[',', '，', ';', '；']} /></Form.Item>
          </div>
          {kind === 'person' ? null : (
            <>
              <h2>{t('firstContact')}</h2>
              <div className="create__grid">
                <Form.Item name={['contact', 'name']} label={t('contactField.name')}><Input maxLength={100} autoComplete="off" /></Form.Item>
                <Form.Item name={['contact', 'position']} label={t('contactField.position')}><Input maxLength={100} /></Form.Item>
                <Form.Item name={['contact', 'phone']} label={t('contactField.phone')}><Input type="tel" maxLength={40} autoComplete="off" /></Form.Item>
                <Form.Item name={['contact', 'email']} label={t('contactField.email')}><Input type="email" maxLength={254} autoComplete="off" /></Form.Item>
                {entered.contact?.name?.trim() ? <CustomFormItems target="contacts" record={{ ...entered.contact, isPrimary: true }} path={['contact']} /> : null}
              </div>
            </>
          )}
          {error ? <div style={{ marginBottom: 16 }}><ProblemAlert error={error} /></div> : null}
          <div className="create__foot">
            <Button type="primary" htmlType="submit" loading={busy && !candidates}>{t('createSubmit')}</Button>
            <Button onClick={() => { draft.drop(); router.history.back(); }}>{t('common:cancel')}</Button>
          </div>
        </Form>
        <aside className="create__aside" aria-label={t('duplicate.likely')} aria-live="polite">
          <h2>{t('duplicate.likely')}</h2>
          {likely.length > 0 ? <CandidateList candidates={likely} /> : <p className="muted">{t('duplicate.noneYet')}</p>}
        </aside>
      </div>
      {candidates ? <DuplicateDialog candidates={candidates} busy={busy} onCancel={() => setCandidates(undefined)} onCreate={() => void submit(form.getFieldsValue(true) as Values, true)} /> : null}
    </>
  );
};
