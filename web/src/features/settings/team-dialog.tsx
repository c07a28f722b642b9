import { Button, Checkbox, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommandState } from '@/components/command';
import { ProblemAlert } from '@/components/problem-alert';
import { UserSelect } from '@/components/selects';
import type { Team } from '@/lib/api-types';
import { useUsers } from '@/lib/users';

/** A team's name and, once it is there, its members: each change of them counts at once. */
const TeamDialog = ({ team, onMade, onClose }: { team?: Team; onMade: (team: Team) => void; onClose: () => void }) => {
  const { t } = useTranslation('settings');
  const { busy, error, execute } = useCommandState();
  const [form] = Form.useForm<{ name: string }>();
  const [chosen, setChosen] = useState<string>();
  const users = useUsers().data ?? [];
  const name = (id: string) => users.find((user) => user.id === id)?.displayName ?? '…';
  const save = async (values: { name: string }) => {
    const saved = await execute<Team>({ method: team ? 'PATCH' : 'POST', path: team ? `teams/${team.id}` : 'teams', body: values, version: team?.version, done: t('saved') });
    if (saved === undefined) return;
    if (team) onClose(); else onMade(saved);
  };
  const put = (userId: string, leads: boolean) => execute({ path: `teams/${team!.id}/members`, body: { userId, leads } });
  return (
    <Modal open title={team ? t('teams.edit', { name: team.name }) : t('teams.add')} okText={t('common:save')} cancelText={t('roles.done')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose}>
      <Form<{ name: string }> name="team" form={form} layout="vertical" initialValues={{ name: team?.name }} onFinish={(values) => void save(values)}>
        <Form.Item name="name" label={t('teams.name')} rules={[{ required: true, whitespace: true, message: t('required') }]}><Input maxLength={100} autoComplete="off" /></Form.Item>
      </Form>
      {team ? (
        <section>
          <h3>{t('teams.members')}</h3>
          <p className="muted">{t('teams.leaderHelp')}</p>
          <ul className="share__list" aria-label={t('teams.members')}>
            {team.members.map((member) => (
              <li key={member.userId}>
                <span>{name(member.userId)}</span>
                <span>
                  <Checkbox checked={member.leads} disabled={busy} onChange={(event) => void put(member.userId, event.target.checked)} aria-label={t('teams.leadsOf', { name: name(member.userId) })}>{t('teams.leads')}</Checkbox>
                  <Button type="link" size="small" danger disabled={busy} onClick={() => void execute({ method: 'DELETE', path: `teams/${team.id}/members/${member.userId}` })} aria-label={t('teams.takeOut', { name: name(member.userId) })}>{t('teams.takeOutShort')}</Button>
                </span>
              </li>
            ))}
          </ul>
          <div className="settings__actions">
            <UserSelect aria-label={t('teams.choose')} placeholder={t('teams.choose')} value={chosen} onChange={setChosen} style={{ flex: 1, minWidth: 180 }} />
            <Button disabled={!chosen} loading={busy} onClick={() => void put(chosen!, false).then((done) => { if (done !== undefined) setChosen(undefined); })}>{t('teams.takeIn')}</Button>
          </div>
        </section>
      ) : <p className="muted">{t('teams.membersLater')}</p>}
      <ProblemAlert error={error} />
    </Modal>
  );
};
export default TeamDialog;
