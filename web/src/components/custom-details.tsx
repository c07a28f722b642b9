import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CustomFieldEditor } from '@/components/custom-field-editor';
import { FieldEditor, FieldGroup } from '@/components/field-editor';
import type { CustomField, CustomValue } from '@/lib/api-types';
import { isVisible, useCustomFields, useFieldWords, type CustomTarget } from '@/lib/fields';
import { useLimits } from '@/lib/session';

interface Props {
  target: CustomTarget;
  /** The record with its built-in fields and `custom`. */
  record: { custom?: Record<string, CustomValue> | null };
  /** The value as far as this person may see it now, and the way to see more of it. */
  reveal?: (field: CustomField, value: CustomValue | undefined) => { value: CustomValue | undefined; extra: ReactNode };
  /** Sends a change of one field; absent where nothing can be changed. */
  save?: (body: { custom: Record<string, CustomValue> }) => Promise<boolean>;
}

/** The organisation's own fields of a record, in their groups; values under keys that nobody defined are shown as they are. */
export const CustomDetails = ({ target, record, reveal, save }: Props) => {
  const { t } = useTranslation();
  const fields = useCustomFields(target);
  const limit = useLimits(target);
  const read = useFieldWords();
  const values = record.custom ?? {};
  const shown = fields.filter((field) => limit(`custom.${field.key}`) !== 'hidden' && (values[field.key] !== undefined || (!field.retired && isVisible(field, record, fields))));
  const loose = Object.entries(values).filter(([key]) => !fields.some((field) => field.key === key));
  const groups = [...new Set(shown.map((field) => field.group ?? ''))];
  return (
    <>
      {groups.map((group) => (
        <FieldGroup key={group} title={group || t('customField.group')}>
          {shown.filter((field) => (field.group ?? '') === group).map((field) => (
            <CustomFieldEditor
              key={field.key} field={field} {...(reveal ? reveal(field, values[field.key]) : { value: values[field.key] })}
              save={save && limit(`custom.${field.key}`) === undefined ? (value) => save({ custom: { [field.key]: value } }) : undefined}
            />
          ))}
        </FieldGroup>
      ))}
      {loose.length > 0 ? (
        <FieldGroup title={t('customField.loose')}>
          {loose.map(([name, value]) => <FieldEditor key={name} kind="text" label={name} value={read.text(undefined, value)} />)}
        </FieldGroup>
      ) : null}
    </>
  );
};
