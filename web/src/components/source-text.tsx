import { useTranslation } from 'react-i18next';

/** Through what something was done: `page`, `api:client`, `import:id` … */
export const SourceText = ({ value }: { value: string | null | undefined }) => {
  const { t, i18n } = useTranslation();
  if (!value) return null;
  const kind = value.split(':')[0]!;
  return <>{i18n.exists(`source.${kind}`) ? t(`source.${kind}`) : kind}</>;
};

/** Who did it: a person or client by name, else what the log knows. */
export const ActorText = ({ id, name }: { id?: string | null; name?: string | null }) => {
  const { t } = useTranslation();
  if (name) return <>{name}</>;
  return <>{!id || id === 'system' ? t('system') : id === 'anonymous' ? t('visitor') : id}</>;
};
