import { ShareAltOutlined } from '@ant-design/icons';
import { Button, Form, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Share } from '@/lib/api-types';
import { useDepartments } from '@/lib/departments';
import { useTeams } from '@/lib/teams';
import { useUsers } from '@/lib/users';

interface Props { resource: 'customers' | 'opportunities' | 'tickets'; id: string; shares: Share[]; editable: boolean }
interface Values { with: 'user' | 'department' | 'team'; userId?: string; departmentId?: string; teamId?: string; level: 'read' | 'change' }

/** To whom a record is open beyond those responsible for it; a button that tells how many there are. */
export const ShareButton = (props: Props) => {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!props.editable && props.shares.length === 0) return null;
  return (
    <>
      <Button icon={<ShareAltOutlined />} onClick={() => setOpen(true)} aria-label={t('share.open', { count: props.shares.length })}>{props.shares.length > 0 ? t('share.shared', { count: props.shares.length }) : t('share.share')}</Button>
      {open ? <ShareDialog {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
};

const ShareDialog = ({ resource, id, shares, editable, onClose }: Props & { onClose: () => void }) => {
  const { t } = useTranslation();
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<Values>();
  const kind = Form.useWatch('with', form) ?? 'user';
  const users = useUsers().data ?? [];
  const departments = useDepartments().data ?? [];
  const teams = useTeams().data;
  const name = (share: Share) => {
    if (share.userId) return users.find((user) => user.id === share.userId)?.displayName ?? '…';
    if (share.departmentId) return departments.find((department) => department.id === share.departmentId)?.name ?? '…';
    return teams ? (teams.find((team) => team.id === share.teamId)?.name ?? t('share.goneTeam')) : '…';
  };
  const add = async ({ userId, departmentId, teamId, level }: Values) => {
    const result = await execute({ path: `${resource}/${id}/share`, body: kind === 'user' ? { userId, level } : kind === 'team' ? { teamId, level } : { departmentId, level }, done: t('share.done') });
    if (result !== undefined) form.resetFields(['userId', 'departmentId', 'teamId']);
  };
  return (
    <Modal open title={t('share.title')} okText={t('share.share')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} cancelText={t('share.close')} okButtonProps={editable ? undefined : { style: { display: 'none' } }}>
      {shares.length === 0 ? <p className="muted">{t('share.none')}</p> : (
        <ul className="share__list" aria-label={t('share.title')}>
          {shares.map((share) => (
            <li key={share.id}>
              <span>{name(share)} · {t(`share.level.${share.level}`)}</span>
              {editable ? <Button type="link" size="small" danger disabled={busy} onClick={() => void execute({ method: 'DELETE', path: `${resource}/${id}/shares/${share.id}`, done: t('share.taken') })} aria-label={t('share.takeFrom', { name: name(share) })}>{t('share.take')}</Button> : null}
            </li>
          ))}
        </ul>
      )}
      {editable ? (
        <Form<Values> name="share" form={form} layout="vertical" initialValues={{ with: 'user', level: 'read' }} onFinish={(values) => void add(values)}>
          <Form.Item name="with" label={t('share.with')}><Radio.Group options={[{ value: 'user', label: t('share.user') }, { value: 'department', label: t('share.department') }, ...(teams && teams.length > 0 ? [{ value: 'team', label: t('share.team') }] : [])]} /></Form.Item>
          {kind === 'user'
            ? <Form.Item name="userId" label={t('share.user')} rules={[{ required: true, message: t('share.required') }]}><UserSelect /></Form.Item>
            : kind === 'team'
            ? <Form.Item name="teamId" label={t('share.team')} rules={[{ required: true, message: t('share.required') }]}><Select showSearch={{ optionFilterProp: 'label' }} options={(teams ?? []).map((each) => ({ value: each.id, label: each.name }))} /></Form.Item>
            : <Form.Item name="departmentId" label={t('share.department')} rules={[{ required: true, message: t('share.required') }]}><Select showSearch={{ optionFilterProp: 'label' }} options={departments.map((each) => ({ value: each.id, label: each.name }))} /></Form.Item>}
          <Form.Item name="level" label={t('share.allows')}><Radio.Group options={[{ value: 'read', label: t('share.level.read') }, { value: 'change', label: t('share.level.change') }]} /></Form.Item>
        </Form>
      ) : null}
      <ProblemAlert error={error} />
    </Modal>
  );
};
