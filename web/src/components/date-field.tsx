import { Input, type DatePickerProps } from 'antd';
import { lazy, Suspense } from 'react';

export interface DateFieldProps extends Pick<DatePickerProps, 'id' | 'style' | 'size' | 'disabled' | 'autoFocus' | 'disabledDate' | 'placeholder' | 'aria-label'> {
  value?: string | null;
  onChange?: (value: string | null) => void;
}

/** The calendar is heavy: it comes after the screen stands. */
const Picker = lazy(() => import('./date-field-picker'));

/** A date, `YYYY-MM-DD`. */
export const DateField = (props: DateFieldProps) => (
  <Suspense fallback={<Input disabled style={props.style} size={props.size} value={props.value ?? ''} />}><Picker {...props} mode="date" /></Suspense>
);
/** An instant, RFC 3339, chosen on the clock of the organisation's zone. */
export const InstantField = (props: DateFieldProps) => (
  <Suspense fallback={<Input disabled style={props.style} size={props.size} value="" />}><Picker {...props} mode="instant" /></Suspense>
);
