// IsoDuration: P1Y2M3W4D as years, months and days. Source: ISO 8601-1 §5.5.2; Key Vault takes no times of day.

import { badParameter } from './faults.ts';

export interface IsoDuration {
  readonly months: number;
  readonly days: number;
}

/** Throws `BadParameter` naming the property. */
export function parseDuration(text: string, property: string): IsoDuration {
  const match = /^P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?$/.exec(text);
  if (match === null || text === 'P') throw badParameter(`Property '${property}' is '${text.slice(0, 50)}'; an ISO 8601 duration in days, weeks, months or years is expected, such as P90D.`, property);
  const [years, months, weeks, days] = match.slice(1).map((part) => Number(part ?? 0));
  return { months: (years ?? 0) * 12 + (months ?? 0), days: (weeks ?? 0) * 7 + (days ?? 0) };
}

/** About as many days. */
export function daysOf(duration: IsoDuration): number {
  return duration.days + Math.floor((duration.months * 365) / 12);
}

/** By the calendar, in UTC; the 31st of a shorter month is its last day. */
export function addDuration(at: Date, duration: IsoDuration, sign: 1 | -1): Date {
  const moved = new Date(at);
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + sign * duration.months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay) + sign * duration.days);
  return moved;
}
