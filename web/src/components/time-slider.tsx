import { Segmented, Slider } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { InstantField } from '@/components/date-field';
import { useAsOf, type Basis } from '@/lib/as-of';
import { formatInstant } from '@/lib/format';
import { useLocale } from '@/lib/session';
import './time-slider.css';

/** An instant worth stopping at; `at` is sent to the server as it stands. */
export interface TimePoint { at: string; label?: string }

/**
 * Moves the screen through time. The stops are `points` (oldest first) and the present; any other instant is
 * chosen in the calendar. The position is the `asOf` of the surrounding AsOfProvider.
 */
export const TimeSlider = ({ points, label }: { points: TimePoint[]; label?: string }) => {
  const { t } = useTranslation();
  const { asOf, basis, set } = useAsOf();
  const { locale, timeZone } = useLocale();
  const end = points.length;
  const instant = asOf ? Date.parse(asOf) : undefined;
  const settled = instant === undefined ? end : points.reduce((found, point, index) => (Date.parse(point.at) <= instant ? index : found), 0);
  const [dragged, setDragged] = useState<number>();
  const position = dragged ?? settled;

  const wording = (index: number) => {
    const point = points[index];
    return point ? `${formatInstant(point.at, locale, timeZone)}${point.label ? ` · ${point.label}` : ''}` : t('asOf.now');
  };
  return (
    <div className="time-slider">
      <div className="time-slider__line">
        <span className="time-slider__end">{points[0] ? formatInstant(points[0].at, locale, timeZone).slice(0, 10) : ''}</span>
        <Slider
          className="time-slider__track" min={0} max={end} value={position} included={false} dots={end <= 40} disabled={end === 0}
          tooltip={{ formatter: (index) => wording(index ?? end) }} ariaLabelForHandle={label ?? t('asOf.slider')} ariaValueTextFormatterForHandle={wording}
          onChange={setDragged} onChangeComplete={(index) => { setDragged(undefined); set(points[index]?.at); }}
        />
        <span className="time-slider__end">{t('asOf.now')}</span>
      </div>
      <div className="time-slider__line">
        <span className="time-slider__where" aria-live="polite">{asOf && position === settled ? formatInstant(asOf, locale, timeZone) : wording(position)}</span>
        <InstantField size="small" value={asOf} placeholder={t('asOf.choose')} aria-label={t('asOf.choose')} disabledDate={(day) => day.valueOf() > Date.now()} onChange={(at) => set(at ?? undefined)} />
        <Segmented<Basis>
          size="small" value={basis} aria-label={t('asOf.basis')} onChange={(next) => set(asOf, next)}
          disabled={!asOf} options={[{ value: 'effective', label: t('asOf.byBusinessDate') }, { value: 'recorded', label: t('asOf.byRecording') }]}
        />
      </div>
    </div>
  );
};
