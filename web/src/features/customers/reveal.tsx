import { EyeOutlined } from '@ant-design/icons';
import { Button, Form, Input, Modal } from 'antd';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Customer } from '@/lib/api-types';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { useAsOf } from '@/lib/as-of';
import { useLimits, useMay } from '@/lib/session';

/** Whether a value is only the mask of one. */
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes('***');

/** `label` names a field that has no text of its own: one of the organisation's. */
interface Wanted { contactId?: string; field: string; label?: string }
interface Revealed { shown: Record<string, string>; ask?: (wanted: Wanted) => void }
const RevealContext = createContext<Revealed>({ shown: {} });
const keyOf = ({ contactId, field }: Wanted) => `${contactId ?? ''}.${field}`;

/** Asks for the reason, has the value shown, and keeps it until the record is left: that it was seen is recorded. */
export const RevealProvider = ({ customer, children }: { customer: Customer; children: ReactNode }) => {
  const [wanted, setWanted] = useState<Wanted>();
  const [shown, setShown] = useState<Record<string, string>>({});
  const ask = useCallback((next: Wanted) => setWanted(next), []);
  const may = useMay('customers', customer)('reveal');
  const context = useMemo(() => ({ shown, ask: may ? ask : undefined }), [shown, ask, may]);
  return (
    <RevealContext.Provider value={context}>
      {children}
      {wanted ? <RevealDialog customerId={customer.id} wanted={wanted} onClose={(value) => { if (value !== undefined) setShown((before) => ({ ...before, [keyOf(wanted)]: value })); setWanted(undefined); }} /> : null}
    </RevealContext.Provider>
  );
};

const RevealDialog = ({ customerId, wanted, onClose }: { customerId: string; wanted: Wanted; onClose: (value?: string) => void }) => {
  const { t } = useTranslation('customers');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ reason: string }>();
  const submit = async ({ reason }: { reason: string }) => {
    const answer = await execute<Record<string, string | null>>({ path: `customers/${customerId}/reveal`, body: { contactId: wanted.contactId, fields: [wanted.field], reason: reason.trim() } });
    if (answer !== undefined) onClose(answer[wanted.field] ?? '');
  };
  return (
    <Modal open title={t('personal.revealTitle', { field: wanted.label ?? t(`field.${wanted.field}`) })} okText={t('personal.reveal')} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={() => onClose()}>
      <p style={{ marginBottom: 12 }}>{t('personal.revealText')}</p>
      <Form name="reveal" form={form} layout="vertical" onFinish={(values) => void submit(values)}>
        <Form.Item name="reason" label={t('personal.revealReason')} rules={[{ required: true, whitespace: true, min: 2, message: t('personal.revealReasonRequired') }]}><Input autoFocus maxLength={500} /></Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
/** The value as far as this person may see it now, and the way to see more of it. */
export const usePersonal = () => {
  const { t } = useTranslation('customers');
  const limit = useLimits('customers');
  const { asOf } = useAsOf();
  const { shown, ask } = useContext(RevealContext);
  return (field: string, value: string | null | undefined, contactId?: string, label?: string): { value: string | null | undefined; open: boolean; extra: ReactNode } => {
    const known = shown[keyOf({ contactId, field })];
    if (!isMasked(value)) return { value, open: true, extra: null };
    if (known !== undefined) return { value: known, open: true, extra: null };
    return {
      value, open: false,
      extra: ask && !asOf && limit(contactId ? `contacts.${field}` : field) !== 'masked'
        ? <Button type="text" size="small" icon={<EyeOutlined />} aria-label={t('personal.revealField', { field: label ?? t(`field.${field}`) })} onClick={() => ask({ contactId, field, label })} />
        : null,
    };
  };
};
