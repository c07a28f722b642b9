import { Form, Input, Modal, QRCode } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';

interface Key { key: string; uri: string }

/** Sets up an authenticator app: the password, the QR code, a code as proof. The picture is drawn in the page; the key goes nowhere else. */
export const SetUpDialog = ({ onClose, onDone }: { onClose: () => void; onDone: (codes: string[]) => void }) => {
  const { t } = useTranslation('account');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ password: string; otp: string }>();
  const [key, setKey] = useState<Key>();
  const submit = async ({ password, otp }: { password: string; otp: string }) => {
    if (!key) { setKey(await execute<Key>({ path: 'account/second-factor', body: { password } })); return; }
    const answer = await execute<{ codes: string[] }>({ path: 'account/second-factor/confirm', body: { otp: otp.trim() }, done: t('factorEnabled') });
    if (answer) onDone(answer.codes);
  };
  return (
    <Modal open title={t('setUp')} okText={t(key ? 'confirm' : 'next')} cancelText={t('common:cancel')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form name="set-up" form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
        {key ? (
          <>
            <p>{t('scan')}</p>
            <div className="account__qr">
              <QRCode value={key.uri} type="svg" size={176} bordered={false} color="#000" bgColor="#fff" aria-label={t('qr')} />
              <p className="account__key">{t('typeKey')}<br /><code>{key.key.match(/.{1,4}/g)?.join(' ')}</code></p>
            </div>
            <Form.Item name="otp" label={t('firstCode')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input autoComplete="one-time-code" inputMode="numeric" autoFocus maxLength={10} /></Form.Item>
          </>
        ) : (
          <>
            <p className="account__line">{t('setUpText')}</p>
            <Form.Item name="password" label={t('common:signIn.password')} rules={[{ required: true, message: t('required') }]}><Input.Password autoComplete="current-password" autoFocus maxLength={200} /></Form.Item>
          </>
        )}
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
};
