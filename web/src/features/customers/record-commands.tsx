import { MoreOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Dropdown } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/components/command';
import type { Customer } from '@/lib/api-types';
import { isProblem } from '@/lib/problem';
import { useMay } from '@/lib/session';

const ReleaseDialog = lazy(() => import('./release-dialog'));
const EraseDialog = lazy(() => import('./erase-dialog'));

/** Archive, delete and the way back from both; and erasing, from which there is none. */
export const RecordCommands = ({ customer }: { customer: Customer }) => {
  const { t } = useTranslation('customers');
  const { modal, message } = App.useApp();
  const may = useMay('customers', customer);
  const run = useCommand();
  const navigate = useNavigate();
  const [erasing, setErasing] = useState(false);
  const [releasing, setReleasing] = useState(false);
  const path = `customers/${customer.id}`;
  const attempt = (command: () => Promise<unknown>) => command().catch((error: unknown) => { void message.error(isProblem(error) ? error.message : t('common:problem.unexpected')); });

  const restore = () => attempt(() => run({ path: `${path}/restore`, done: t('restored') }));
  const undo = (text: string) => {
    void message.success({ key: customer.id, duration: 8, content: <>{text} <Button type="link" size="small" onClick={() => { message.destroy(customer.id); void restore(); }}>{t('undo')}</Button></> });
  };
  const archive = () => modal.confirm({
    title: t('archiveTitle', { name: customer.name }), content: t('archiveText'), okText: t('archive'), cancelText: t('common:cancel'),
    onOk: () => attempt(async () => { await run({ path: `${path}/archive` }); undo(t('archivedDone')); }),
  });
  const drop = () => modal.confirm({
    title: t('deleteTitle', { name: customer.name }), content: t('deleteText'), okText: t('delete'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => attempt(async () => { await run({ method: 'DELETE', path }); undo(t('deletedDone')); await navigate({ to: '/customers' }); }),
  });
  const open = !customer.archived && !customer.erased;
  const items = [
    ...(may('assign') && open && !customer.inPool ? [{ key: 'release', label: t('pool.release'), onClick: () => setReleasing(true) }] : []),
    ...(may('assign') && open && customer.inPool ? [{ key: 'return', label: t('pool.return'), onClick: () => void attempt(() => run({ path: `${path}/return`, done: t('pool.returned'), refresh: [['pool']] })) }] : []),
    customer.archived ? { key: 'restore', label: t('restore'), onClick: () => void restore() } : { key: 'archive', label: t('archive'), onClick: () => void archive() },
    ...(may('delete') ? [{ key: 'delete', label: t('delete'), danger: true, onClick: () => void drop() }] : []),
    ...(may('erase') && !customer.erased ? [{ key: 'erase', label: t('personal.erase'), danger: true, onClick: () => setErasing(true) }] : []),
  ];
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items }}><Button icon={<MoreOutlined />} aria-label={t('more')} /></Dropdown>
      <Suspense fallback={null}>{releasing ? <ReleaseDialog customer={customer} onClose={() => setReleasing(false)} onReleased={() => { setReleasing(false); void navigate({ to: '/customers' }); }} /> : null}</Suspense>
      <Suspense fallback={null}>{erasing ? <EraseDialog customer={customer} onClose={() => setErasing(false)} /> : null}</Suspense>
    </>
  );
};
