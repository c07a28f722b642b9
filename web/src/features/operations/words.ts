import { formatMinutes, formatNumber } from '@/lib/format';

/** A span: milliseconds below a second, then seconds, then minutes and more. */
export const spanText = (seconds: number, locale: string) =>
  seconds > 0 && seconds < 1 ? formatNumber(Math.round(seconds * 1000), locale, { style: 'unit', unit: 'millisecond', unitDisplay: 'short' })
    : seconds < 60 ? formatNumber(seconds, locale, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: seconds < 10 ? 1 : 0 })
      : formatMinutes(seconds / 60, locale);

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
export const bytesText = (bytes: number, locale: string) => {
  const step = Math.min(sizes.length - 1, Math.max(0, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000))));
  return formatNumber(bytes / 1000 ** step, locale, { style: 'unit', unit: sizes[step], unitDisplay: 'short', maximumFractionDigits: 1 });
};

export const rateText = (rate: number, locale: string) => formatNumber(rate, locale, { maximumFractionDigits: rate < 100 ? 1 : 0 });

/** The last part of a type's name: `Crm.Mail.SendMail` → `SendMail`. */
export const shortType = (name: string) => name.split(/[.+]/).at(-1) ?? name;
