// ParseTrigger: a trigger as it is on the wire, `cron` or `recurrence`, with everything that is wrong with it.
// Source: contracts/azureml-rest.md §6 Recurrence, Cron, ComputeRecurrenceSchedule, RecurrenceSchedule.

import { type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import { findTimeZone } from './time-zones.ts';
import { cronProblem, FREQUENCIES, instantOf, type Trigger, WEEK_DAYS } from './trigger.ts';

const MOST_INTERVAL = 1_000;

/** Undefined after `reject` was told why, with the path of the member. */
export function parseTrigger(type: 'Cron' | 'Recurrence', given: JsonObject, reject: (member: string, message: string) => void): Trigger | undefined {
  const problems: (readonly [string, string])[] = [];
  const problem = (member: string, message: string): void => void problems.push([member, message]);
  const zone = stringAt(given, 'timeZone') ?? 'UTC';
  const timeZone = findTimeZone(zone);
  if (timeZone === undefined) problem('timeZone', `timeZone is '${zone.slice(0, 100)}'; names of Windows such as 'W. Europe Standard Time' and of IANA such as Europe/Berlin are accepted.`);
  const time = (name: 'startTime' | 'endTime'): string | undefined => {
    const text = stringAt(given, name);
    if (text !== undefined && timeZone !== undefined && instantOf(text, timeZone) === undefined)
      problem(name, `${name} is '${text.slice(0, 100)}'; an ISO 8601 date and time is accepted, such as 2026-05-01T08:00:00.`);
    return text;
  };
  const terms = { timeZone: timeZone ?? 'UTC', startTime: time('startTime'), endTime: time('endTime') };
  const trigger = type === 'Cron' ? { kind: 'cron' as const, expression: expressionOf(given, problem), ...terms } : { ...recurrenceOf(given, problem), ...terms };
  for (const [member, message] of problems) reject(member, message);
  return problems.length === 0 ? trigger : undefined;
}

function expressionOf(given: JsonObject, problem: (member: string, message: string) => void): string {
  const expression = stringAt(given, 'expression') ?? '';
  const why = cronProblem(expression);
  if (why !== undefined) problem('expression', `expression is '${expression.slice(0, 100)}': ${why}.`);
  return expression;
}

function recurrenceOf(given: JsonObject, problem: (member: string, message: string) => void) {
  const frequency = FREQUENCIES.find((known) => known === stringAt(given, 'frequency'));
  if (frequency === undefined) problem('frequency', `frequency is '${String(given['frequency'])}'; ${FREQUENCIES.join(', ')} are accepted.`);
  const interval = numberAt(given, 'interval') ?? 0;
  if (!Number.isInteger(interval) || interval < 1 || interval > MOST_INTERVAL) problem('interval', `interval is ${interval}; whole numbers from 1 to ${MOST_INTERVAL} are accepted.`);
  const schedule = objectAt(given, 'schedule');
  const numbers = (name: string, least: number, most: number): readonly number[] => {
    const list = schedule[name];
    const values = Array.isArray(list) ? list.filter((value) => typeof value === 'number') : [];
    if (values.some((value) => !Number.isInteger(value) || value < least || value > most)) problem(`schedule.${name}`, `${name} has whole numbers from ${least} to ${most}.`);
    return values;
  };
  const days = schedule['weekDays'];
  return {
    kind: 'recurrence' as const,
    frequency: frequency ?? 'Day',
    interval,
    hours: numbers('hours', 0, 23),
    minutes: numbers('minutes', 0, 59),
    monthDays: numbers('monthDays', 1, 31),
    weekDays: WEEK_DAYS.filter((day) => Array.isArray(days) && days.includes(day)),
  };
}
