import type { Column } from '@/components/data-list';
import { ReferenceText } from '@/components/reference-text';
import type { CustomValue } from '@/lib/api-types';
import { useCustomFields, useFieldWords, type CustomTarget } from '@/lib/fields';

/** The chosen custom fields as columns of a list. */
export const useCustomColumns = <T extends { custom: Record<string, CustomValue> }>(target: CustomTarget, cols: string[] | undefined): Column<T>[] => {
  const fields = useCustomFields(target);
  const words = useFieldWords();
  return fields.filter((field) => cols?.includes(field.key)).map((field) => ({
    key: `custom.${field.key}`, title: words.label(field), sort: field.type === 'multiChoice' ? undefined : `custom.${field.key}`, width: 136, align: field.type === 'number' || field.type === 'money' ? 'right' as const : undefined,
    render: (row: T) => <ReferenceText field={field} value={row.custom[field.key]} />,
  }));
};
