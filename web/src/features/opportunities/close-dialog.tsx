import { AutoComplete, Form, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { DateField } from '@/components/date-field';
import { todayIn } from '@/lib/format';
import { useLocale } from '@/lib/session';

export interface Closing { reason?: string; businessDate?: string }
interface Props { kind: 'won' | 'lost'; name: string; busy?: boolean; onClose: (closing: Closing | undefined) => void }

/** The usual ones; any other text may be typed. */
const reasons = ['price', 'competitor', 'onHold', 'noNeed', 'decider'] as const;

/** Asks what closing an opportunity needs: the day, and for a lost one the reason (X3). */
export const CloseDialog = ({ kind, name, busy, onClose }: Props) => {
  const { t } = useTranslation('opportunities');
  const { timeZone } = useLocale();
  const [form] = Form.useForm<Closing>();
  const today = todayIn(timeZone);
  return (
    <Modal
      open title={t(`close.${kind}`, { name })} okText={t(`close.${kind}Ok`)} cancelText={t('common:cancel')} confirmLoading={busy} okButtonProps={{ danger: kind === 'lost' }}
      onOk={() => void form.validateFields().then((values) => onClose({ ...values, businessDate: values.businessDate === today ? undefined : values.businessDate }), () => undefined)} onCancel={() => onClose(undefined)}
    >
      <Form<Closing> form={form} layout="vertical" initialValues={{ businessDate: today }}>
        {kind === 'lost' ? (
          <Form.Item name="reason" label={t('field.lostReason')} rules={[{ required: true, whitespace: true, message: t('close.reasonRequired') }]}>
            <AutoComplete autoFocus maxLength={500} options={reasons.map((reason) => ({ value: t(`close.reason.${reason}`) }))} />
          </Form.Item>
        ) : null}
        <Form.Item name="businessDate" label={t('close.day')} rules={[{ required: true, message: t('close.dayRequired') }]}><DateField disabledDate={(day) => day.valueOf() > Date.now()} /></Form.Item>
      </Form>
    </Modal>
  );
};
