import { Checkbox, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { setPreferences, usePreferences } from '@/lib/preferences';
import { useShortcuts } from '@/lib/shortcuts';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const shown = (key: string) => key.split('+').map((part) => (part === 'mod' ? (isMac ? '⌘' : 'Ctrl') : part.length === 1 ? part.toUpperCase() : part)).join(' ');

const ShortcutList = ({ onClose }: { onClose: () => void }) => {
  const { t } = useTranslation();
  const shortcuts = useShortcuts();
  const { singleKeys } = usePreferences();
  return (
    <Modal open title={t('shortcuts.title')} onCancel={onClose} footer={null} width={480}>
      <dl className="shortcuts">
        {shortcuts.map((shortcut) => (
          <div key={shortcut.keys} className="shortcuts__row">
            <dt>{shortcut.label}</dt>
            <dd>{shortcut.keys.split(' ').map((key) => <kbd key={key} className="kbd">{shown(key)}</kbd>)}</dd>
          </div>
        ))}
      </dl>
      <Checkbox checked={singleKeys} onChange={(event) => setPreferences({ singleKeys: event.target.checked })}>{t('shortcuts.singleKeys')}</Checkbox>
    </Modal>
  );
};
export default ShortcutList;
