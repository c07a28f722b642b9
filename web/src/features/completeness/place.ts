import { useTranslation } from 'react-i18next';
import { useCustomFields, useFieldWords } from '@/lib/fields';

/** How a counted place reads: a custom field by its own name. */
export const usePlace = () => {
  const { t } = useTranslation('completeness');
  const fields = useCustomFields('customers');
  const words = useFieldWords();
  return (place: string) => {
    const own = place.startsWith('custom.') ? fields.find((field) => field.key === place.slice(7)) : undefined;
    return own ? words.label(own) : t(`place.${place}`);
  };
};
