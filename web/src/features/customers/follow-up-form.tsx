import { Button, Form, Input, Radio } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { InstantField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Attachment, Customer, FollowUp } from '@/lib/api-types';
import { useDraft } from '@/lib/drafts';
import { fieldPath, isProblem } from '@/lib/problem';
import { useSession } from '@/lib/session';
import { AttachToFollowUp } from './attach-to-follow-up';
import { followUpDraft } from './log-follow-up';
import { ParticipantsSelect, type Participants } from './participants';
import { useChoices } from './words';

type Values = Omit<FollowUp, 'id' | keyof Participants> & { people?: Participants };

/** Log what was said, and plan what comes next: time, goal, owner (S044–S046). */
const FollowUpForm = ({ customer, onClose }: { customer: Customer; onClose: () => void }) => {
  const { t } = useTranslation('customers');
  const { user } = useSession();
  const choices = useChoices();
  const [form] = Form.useForm<Values>();
  const draft = useDraft<Values>(followUpDraft(customer.id), { method: 'phone' });
  const { busy, error, execute } = useCommandState();
  const [files, setFiles] = useState<Attachment[]>([]);

  useEffect(() => {
    if (isProblem(error)) form.setFields(error.errors.filter((finding) => finding.in).map((finding) => ({ name: fieldPath(finding.in!) as never, errors: [finding.message] })));
  }, [error, form]);

  const close = () => { draft.drop(); onClose(); };
  const submit = async (values: Values) => {
    const { next, at, people, ...rest } = values;
    const body = { ...rest, ...people, at: at ?? new Date().toISOString(), ...(next?.at ? { next: { ...next, ownerId: next.ownerId ?? customer.ownerId ?? user.id } } : {}), ...(files.length > 0 ? { attachmentIds: files.map((file) => file.id) } : {}) };
    if ((await execute({ path: `customers/${customer.id}/follow-ups`, body, done: t('followUp.saved') })) !== undefined) close();
  };

  return (
    <Form<Values> name="follow-up" form={form} className="follow-up" layout="vertical" initialValues={draft.initial} onValuesChange={draft.onValuesChange} onFinish={(values) => void submit(values)} aria-label={t('followUp.log')}>
      <div className="follow-up__first">
        <Form.Item name="method" label={t('followUp.method')} rules={[{ required: true }]}><Radio.Group optionType="button" size="small" options={choices.methods} /></Form.Item>
        <Form.Item name="at" label={t('followUp.at')}><InstantField style={{ width: '100%' }} placeholder={t('followUp.now')} disabledDate={(day) => day.startOf('day').valueOf() > Date.now()} /></Form.Item>
      </div>
      <Form.Item name="summary" label={t('followUp.summary')} rules={[{ required: true, whitespace: true, message: t('followUp.summaryRequired') }]}><Input.TextArea autoFocus autoSize={{ minRows: 3, maxRows: 12 }} maxLength={4000} /></Form.Item>
      <div className="follow-up__pair">
        <Form.Item name="objections" label={t('followUp.objections')}><Input.TextArea autoSize={{ minRows: 1, maxRows: 5 }} maxLength={2000} /></Form.Item>
        <Form.Item name="changedNeeds" label={t('followUp.changedNeeds')}><Input.TextArea autoSize={{ minRows: 1, maxRows: 5 }} maxLength={2000} /></Form.Item>
        <Form.Item name="promises" label={t('followUp.promises')}><Input.TextArea autoSize={{ minRows: 1, maxRows: 5 }} maxLength={2000} /></Form.Item>
        <Form.Item name="people" label={t('followUp.participants')}><ParticipantsSelect customerId={customer.id} /></Form.Item>
      </div>
      <AttachToFollowUp customer={customer} files={files} onChange={setFiles} />
      <fieldset>
        <legend>{t('followUp.next')}</legend>
        <div className="follow-up__next">
          <Form.Item name={['next', 'goal']} label={t('followUp.nextGoal')}><Input maxLength={500} /></Form.Item>
          <Form.Item name={['next', 'at']} label={t('followUp.nextAt')}><InstantField style={{ width: '100%' }} disabledDate={(day) => day.endOf('day').valueOf() < Date.now()} /></Form.Item>
          <Form.Item name={['next', 'ownerId']} label={t('followUp.nextOwner')}><UserSelect placeholder={customer.ownerName ?? user.displayName} /></Form.Item>
        </div>
      </fieldset>
      {error ? <div style={{ marginBottom: 12 }}><ProblemAlert error={error} /></div> : null}
      <div className="follow-up__foot">
        {draft.restored ? <span className="muted" style={{ marginRight: 'auto' }}>{t('draftRestored')}</span> : null}
        <Button onClick={close}>{t('common:cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={busy}>{t('followUp.save')}</Button>
      </div>
    </Form>
  );
};
export default FollowUpForm;
