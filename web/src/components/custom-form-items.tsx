import { Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { CustomInput } from '@/components/custom-input';
import { isPattern, isVisible, useCustomFields, useFieldWords, type CustomTarget } from '@/lib/fields';

/** The custom fields of a target as items of the form around; those that are not visible as the form stands are not there. `record` is the form's values, or those under `path`. */
export const CustomFormItems = ({ target, record, path = [] }: { target: CustomTarget; record: object; path?: string[] }) => {
  const { t } = useTranslation();
  const fields = useCustomFields(target);
  const words = useFieldWords();
  const shown = fields.filter((field) => !field.retired && isVisible(field, record, fields));
  return shown.map((field, index) => {
    const pattern = field.pattern ? isPattern(field.pattern) : undefined;
    return (
      <div key={field.key} style={{ display: 'contents' }}>
        {field.group && field.group !== shown[index - 1]?.group ? <h3 style={{ gridColumn: '1 / -1' }}>{field.group}</h3> : null}
        <Form.Item
          name={[...path, 'custom', field.key]} label={words.label(field)} extra={words.help(field)} preserve={false}
          rules={[
            ...(field.required ? [{ required: true, message: t('customField.required', { field: words.label(field) }) }] : []),
            ...(pattern ? [{ pattern, message: t('customField.pattern', { field: words.label(field) }) }] : []),
          ]}
        >
          <CustomInput field={field} />
        </Form.Item>
      </div>
    );
  });
};
