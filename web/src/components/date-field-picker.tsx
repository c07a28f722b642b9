import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';
import { useLocale } from '@/lib/session';
import type { DateFieldProps } from './date-field';

dayjs.extend(utc);
dayjs.extend(timezone);

const wall = 'YYYY-MM-DDTHH:mm:ss';
/** The calendar counts in the browser's zone; people think in the organisation's. Only the clock face crosses the border. */
const Picker = ({ value, onChange, mode, ...rest }: DateFieldProps & { mode: 'date' | 'instant' }) => {
  const { timeZone } = useLocale();
  if (mode === 'date') return (
    <DatePicker {...rest} value={value ? dayjs(value) : null} onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : null)} />
  );
  return (
    <DatePicker
      {...rest} showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={value ? dayjs(dayjs(value).tz(timeZone).format(wall)) : null}
      onChange={(day) => onChange?.(day ? dayjs.tz(day.format(wall), timeZone).toISOString() : null)}
    />
  );
};
export default Picker;
