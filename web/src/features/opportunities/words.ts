import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** A stage is named by the organisation: in Chinese, and in English where a name is given. */
export const useStageName = () => {
  const { i18n } = useTranslation();
  return useCallback((stage: { name: string; nameEn?: string | null }) => (i18n.language === 'en' && stage.nameEn ? stage.nameEn : stage.name), [i18n.language]);
};
