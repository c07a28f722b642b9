import { Button, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { DateField } from '@/components/date-field';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import { DateText } from '@/components/values';
import { ahead } from '@/lib/absence';
import { todayIn } from '@/lib/format';
import { useLocale } from '@/lib/session';
import { useUsers } from '@/lib/users';

interface Values { delegateId: string; from: string; until: string }

/** When somebody is absent and who stands in; arranged, ended early and taken back here. */
export const AbsencePanel = ({ userId }: { userId: string }) => {
  const { t } = useTranslation();
  const { timeZone } = useLocale();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const users = useUsers().data ?? [];
  const today = todayIn(timeZone);
  const name = (id: string) => users.find((each) => each.id === id)?.displayName ?? '…';
  const delegations = ahead(users.find((each) => each.id === userId), today);
  const add = async (values: Values) => {
    if ((await execute({ path: `users/${userId}/delegations`, body: values, done: t('absence.done') })) !== undefined) form.resetFields();
  };
  return (
    <>
      {delegations.length === 0 ? <p className="muted">{t('absence.none')}</p> : (
        <ul className="share__list" aria-label={t('absence.title')}>
          {delegations.map((each) => (
            <li key={each.id}>
              <span>{name(each.delegateId)} · <DateText value={each.from} /> – <DateText value={each.until} /></span>
              <Button type="link" size="small" danger disabled={busy} onClick={() => void execute({ method: 'DELETE', path: `users/${userId}/delegations/${each.id}`, done: t('absence.ended') })} aria-label={t('absence.endOf', { name: name(each.delegateId) })}>{t(each.from > today ? 'absence.takeBack' : 'absence.end')}</Button>
            </li>
          ))}
        </ul>
      )}
      <Form<Values> name="absence" form={form} layout="vertical" initialValues={{ from: today }} onFinish={(values) => void add(values)}>
        <Form.Item name="delegateId" label={t('absence.delegate')} rules={[{ required: true, message: t('absence.required') }]}><UserSelect /></Form.Item>
        <Form.Item name="from" label={t('absence.from')} rules={[{ required: true, message: t('absence.required') }]}><DateField style={{ width: '100%' }} disabledDate={(day) => day.format('YYYY-MM-DD') < today} /></Form.Item>
        <Form.Item name="until" label={t('absence.until')} rules={[{ required: true, message: t('absence.required') }]}><DateField style={{ width: '100%' }} disabledDate={(day) => day.format('YYYY-MM-DD') < today} /></Form.Item>
        <p className="muted">{t('absence.help')}</p>
        <Button htmlType="submit" loading={busy}>{t('absence.add')}</Button>
      </Form>
      <ProblemAlert error={error} />
    </>
  );
};
