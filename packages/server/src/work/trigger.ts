// Trigger: when something recurs: a cron expression, or every so many minutes, hours, days, weeks or months, in a time zone.
// Source: contracts/azureml-rest.md §6 Recurrence, Cron, TriggerBase, RecurrenceTrigger.

import { Cron, CronDate } from 'croner';

export const FREQUENCIES = ['Minute', 'Hour', 'Day', 'Week', 'Month'] as const;
export const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

interface Terms {
  /** IANA name. */
  readonly timeZone: string;
  /** Nothing happens before; recurrences are counted from here. Local time of the zone unless it says its offset. */
  readonly startTime?: string | undefined;
  readonly endTime?: string | undefined;
}

export interface CronTrigger extends Terms {
  readonly kind: 'cron';
  /** Five fields. */
  readonly expression: string;
}

export interface RecurrenceTrigger extends Terms {
  readonly kind: 'recurrence';
  readonly frequency: (typeof FREQUENCIES)[number];
  readonly interval: number;
  /** For days, weeks and months; empty: as the start has it. */
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly monthDays: readonly number[];
  readonly weekDays: readonly (typeof WEEK_DAYS)[number][];
}

export type Trigger = CronTrigger | RecurrenceTrigger;

const FIXED_MS = { Minute: 60_000, Hour: 3_600_000 } as const;
const DAY_MS = 86_400_000;
/** Periods that are looked at before it is said that it never happens: 31 February. */
const MOST_PERIODS = 400;

/** What is wrong with an expression of five fields; undefined when nothing is. */
export function cronProblem(expression: string): string | undefined {
  // Why: croner knows words such as @daily and letters such as L; Azure documents neither.
  if (!/^(?:[0-9A-Za-z*,/-]+\s+){4}[0-9A-Za-z*,/-]+$/.test(expression.trim())) return 'five fields are accepted: minute, hour, day of month, month, day of week';
  try {
    return new Cron(expression.trim(), { mode: '5-part', timezone: 'UTC' }).nextRun(new Date()) === null ? 'no day is ever like that' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error);
  }
}

/** The instant of a time that is written with or without an offset; undefined when it is none. */
export function instantOf(text: string, timeZone: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i.test(text)) return undefined;
  if (/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.length > 10) return valid(new Date(text));
  try {
    return valid(new CronDate(text.replace(' ', 'T').replace(/\.\d+$/, ''), timeZone).getDate());
  } catch {
    return undefined;
  }
}

/** The first time after `after`; undefined when there is none. `since`: what is counted from without a start time. */
export function nextRun(trigger: Trigger, after: Date, since: Date): Date | undefined {
  const { timeZone, startTime, endTime } = trigger;
  const start = startTime === undefined ? undefined : instantOf(startTime, timeZone);
  const from = start !== undefined && start > after ? new Date(start.getTime() - 1) : after;
  const next = trigger.kind === 'cron' ? cronOf(trigger.expression, timeZone).nextRun(from) : nextRecurrence(trigger, from, start ?? since);
  const end = endTime === undefined ? undefined : instantOf(endTime, timeZone);
  return next === undefined || next === null || (end !== undefined && next > end) ? undefined : next;
}

function nextRecurrence(trigger: RecurrenceTrigger, after: Date, anchor: Date): Date | undefined {
  const { frequency, interval, timeZone } = trigger;
  if (frequency === 'Minute' || frequency === 'Hour') {
    const step = FIXED_MS[frequency] * interval;
    const passed = Math.floor((after.getTime() - anchor.getTime()) / step) + 1;
    return new Date(anchor.getTime() + Math.max(0, passed) * step);
  }
  const local = new CronDate(anchor, timeZone);
  const cron = cronOf(patternOf(trigger, local), timeZone);
  const first = periodOf(frequency, local);
  let from = new Date(Math.max(after.getTime(), anchor.getTime() - 1));
  for (let round = 0; round < MOST_PERIODS; round += 1) {
    const found = cron.nextRun(from);
    if (found === null) return undefined;
    const left = (periodOf(frequency, new CronDate(found, timeZone)) - first) % interval;
    if (left === 0) return found;
    // Why: goes straight to the next period that counts, however many are between.
    from = new Date(new CronDate(startOf(frequency, periodOf(frequency, new CronDate(found, timeZone)) - left + interval), timeZone).getTime() - 1);
  }
  return undefined;
}

function patternOf({ frequency, hours, minutes, monthDays, weekDays }: RecurrenceTrigger, anchor: CronDate): string {
  const list = (values: readonly number[]): string => [...new Set(values)].sort((a, b) => a - b).join(',');
  const days = weekDays.map((day) => WEEK_DAYS.indexOf(day));
  const minute = minutes.length > 0 ? list(minutes) : hours.length > 0 ? '0' : String(anchor.minute);
  const hour = hours.length > 0 ? list(hours) : String(anchor.hour);
  const byWeekDay = days.length > 0 ? list(days) : '*';
  if (frequency === 'Week') return `${minute} ${hour} * * ${days.length > 0 ? byWeekDay : new Date(Date.UTC(anchor.year, anchor.month, anchor.day)).getUTCDay()}`;
  if (frequency === 'Day') return `${minute} ${hour} * * ${byWeekDay}`;
  if (monthDays.length > 0) return `${minute} ${hour} ${list(monthDays)} * *`;
  return days.length > 0 ? `${minute} ${hour} * * ${byWeekDay}` : `${minute} ${hour} ${anchor.day} * *`;
}

/** Number of the day, the week (from Monday) or the month in which a local time is. */
function periodOf(frequency: 'Day' | 'Week' | 'Month', { year, month, day }: CronDate): number {
  if (frequency === 'Month') return year * 12 + month;
  const days = Math.round(Date.UTC(year, month, day) / DAY_MS);
  return frequency === 'Day' ? days : Math.floor((days + 3) / 7);
}

/** Local time of the beginning of a period. */
function startOf(frequency: 'Day' | 'Week' | 'Month', period: number): string {
  const date = frequency === 'Month' ? new Date(Date.UTC(Math.floor(period / 12), period % 12, 1)) : new Date((frequency === 'Day' ? period : period * 7 - 3) * DAY_MS);
  return `${date.toISOString().slice(0, 10)}T00:00:00`;
}

function cronOf(expression: string, timezone: string): Cron {
  return new Cron(expression.trim(), { mode: '5-part', timezone });
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
