// Functions of dates. Source: Azure template functions, date. Formats: the .NET ones in public use.

import { type Call, type TemplateFunction } from '../call.ts';

export const dateFunctions: Readonly<Record<string, TemplateFunction>> = {
  utcNow: { args: [0, 1], run: (call) => formatDate(call, new Date(impure(call).now()), call.stringOr(0, "yyyyMMdd'T'HHmmss'Z'")) },
  dateTimeAdd: { args: [2, 3], run: (call) => formatDate(call, addDuration(call, parseDate(call, call.string(0)), call.string(1)), call.stringOr(2, ROUND_TRIP)) },
  dateTimeFromEpoch: { args: [1, 1], run: (call) => isoSeconds(new Date(call.integer(0) * 1000)) },
  dateTimeToEpoch: { args: [1, 1], run: (call) => Math.floor(parseDate(call, call.string(0)).getTime() / 1000) },
};

const ROUND_TRIP = "yyyy-MM-dd'T'HH:mm:ss'Z'";
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const;

const STANDARD: Readonly<Record<string, string>> = {
  d: 'MM/dd/yyyy',
  D: 'dddd, dd MMMM yyyy',
  t: 'HH:mm',
  T: 'HH:mm:ss',
  g: 'MM/dd/yyyy HH:mm',
  G: 'MM/dd/yyyy HH:mm:ss',
  s: "yyyy-MM-dd'T'HH:mm:ss",
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  o: "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'",
  O: "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'",
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
};

function impure(call: Call) {
  const { impure: source } = call.scope;
  if (source === undefined) throw call.fail('is not expected at this location: it may only be used in the default value of a parameter');
  return source;
}

function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function parseDate(call: Call, text: string): Date {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text) ?? [];
  const spelled = y === undefined ? text.replace(/^(\d{4}-\d{2}-\d{2}) (\d{2})/, '$1T$2') : `${y}-${mo}-${d}T${h}:${mi}:${s}Z`;
  const zoned = /(?:Z|[-+]\d{2}:?\d{2})$/i.test(spelled) || !/T\d{2}:/.test(spelled) ? spelled : `${spelled}Z`;
  const date = new Date(zoned);
  if (Number.isNaN(date.getTime())) throw call.fail(`was given '${text.slice(0, 60)}', which is not a date`);
  return date;
}

const DURATION = /^([-+]?)P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,7})?)S)?)?$/;

function addDuration(call: Call, date: Date, text: string): Date {
  const match = DURATION.exec(text);
  if (match === null || /P$|T$/.test(text)) throw call.fail(`was given '${text.slice(0, 60)}', which is not an ISO 8601 duration`);
  const sign = match[1] === '-' ? -1 : 1;
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(2).map((part) => sign * Number(part ?? 0));
  const moved = addMonths(date, (years ?? 0) * 12 + (months ?? 0));
  const allDays = (weeks ?? 0) * 7 + (days ?? 0);
  return new Date(moved.getTime() + allDays * 86_400_000 + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1_000);
}

/** A month after the 31st of January is the last day of February, as in .NET. */
function addMonths(date: Date, months: number): Date {
  const moved = new Date(date);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(date.getUTCDate(), lastDay));
  return moved;
}

const FIELD = /'([^']*)'|"([^"]*)"|\\(.)|d{1,4}|M{1,4}|y{1,5}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}|t{1,2}|z{1,3}|K/g;

function formatDate(call: Call, date: Date, format: string): string {
  const pattern = format.length === 1 ? STANDARD[format] : format;
  if (pattern === undefined) throw call.fail(`has the date format '${format}'; accepted: ${Object.keys(STANDARD).join(', ')} or a pattern such as yyyy-MM-dd`);
  return pattern.replace(FIELD, (field: string, quoted: string | undefined, doubled: string | undefined, escaped: string | undefined) => quoted ?? doubled ?? escaped ?? dateField(date, field));
}

function dateField(date: Date, field: string): string {
  const wide = (value: number, width: number) => String(value).padStart(width, '0');
  const hour = date.getUTCHours();
  const { length } = field;
  switch (field.charAt(0)) {
    case 'd':
      return length > 2 ? (DAYS[date.getUTCDay()] ?? '').slice(0, length === 3 ? 3 : undefined) : wide(date.getUTCDate(), length);
    case 'M':
      return length > 2 ? (MONTHS[date.getUTCMonth()] ?? '').slice(0, length === 3 ? 3 : undefined) : wide(date.getUTCMonth() + 1, length);
    case 'y':
      return length <= 2 ? wide(date.getUTCFullYear() % 100, length) : wide(date.getUTCFullYear(), length);
    case 'H':
      return wide(hour, length);
    case 'h':
      return wide(hour % 12 === 0 ? 12 : hour % 12, length);
    case 'm':
      return wide(date.getUTCMinutes(), length);
    case 's':
      return wide(date.getUTCSeconds(), length);
    case 'f':
    case 'F':
      return `${wide(date.getUTCMilliseconds(), 3)}0000`.slice(0, length);
    case 't':
      return (hour < 12 ? 'AM' : 'PM').slice(0, length);
    case 'z':
      return length === 3 ? '+00:00' : length === 2 ? '+00' : '+0';
    default:
      return 'Z';
  }
}
