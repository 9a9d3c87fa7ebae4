// Triggers: cron and recurrences over time zones, changes of the clocks, intervals and months of every length.

import { describe, expect, test } from 'vitest';
import { findTimeZone, windowsZones } from './time-zones.ts';
import { cronProblem, instantOf, nextRun, type RecurrenceTrigger, type Trigger } from './trigger.ts';

const SINCE = new Date('2026-01-07T09:30:20Z');

function runs(trigger: Trigger, count: number, after = '2026-01-07T09:30:20Z'): readonly string[] {
  const found: string[] = [];
  for (let at: Date | undefined = new Date(after); found.length < count; ) {
    at = nextRun(trigger, at, SINCE);
    if (at === undefined) break;
    found.push(at.toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

const every = (change: Partial<RecurrenceTrigger>): RecurrenceTrigger => ({
  kind: 'recurrence',
  frequency: 'Day',
  interval: 1,
  hours: [],
  minutes: [],
  monthDays: [],
  weekDays: [],
  timeZone: 'UTC',
  ...change,
});

describe('cron', () => {
  test('six in the evening in New York is another hour of UTC in summer', () => {
    const trigger: Trigger = { kind: 'cron', expression: '0 18 * * 1-5', timeZone: 'America/New_York' };
    expect(runs(trigger, 2, '2026-03-06T12:00:00Z')).toEqual(['2026-03-06T23:00Z', '2026-03-09T22:00Z']);
  });

  test('not before its start, which is a local time, nor after its end', () => {
    const trigger: Trigger = { kind: 'cron', expression: '0 0 * * *', timeZone: 'Asia/Tokyo', startTime: '2026-02-01T00:00:00', endTime: '2026-02-02T12:00:00' };
    expect(runs(trigger, 5)).toEqual(['2026-01-31T15:00Z', '2026-02-01T15:00Z']);
  });

  test.each(['0 0 * *', '@daily', '61 * * * *', '0 0 0 * * *', '0 0 31 2 *', 'a b c d e'])('%s is refused', (expression) => {
    expect(cronProblem(expression)).toEqual(expect.any(String));
  });

  test('names of days and months, lists, ranges and steps are accepted', () => {
    expect(cronProblem('*/15 8-18 1,15 jan-jun MON-FRI')).toBeUndefined();
  });
});

describe('recurrence', () => {
  test('minutes and hours are counted from the start', () => {
    expect(runs(every({ frequency: 'Hour', interval: 5, startTime: '2026-01-07T00:10:00Z' }), 2)).toEqual(['2026-01-07T10:10Z', '2026-01-07T15:10Z']);
    expect(runs(every({ frequency: 'Minute', interval: 15, startTime: '2026-03-01T00:00:00Z' }), 2)).toEqual(['2026-03-01T00:00Z', '2026-03-01T00:15Z']);
  });

  test('every third day at the hour of the start, whatever the clocks do', () => {
    const trigger = every({ interval: 3, timeZone: 'Europe/Berlin', startTime: '2026-03-26T08:00:00' });
    expect(runs(trigger, 3)).toEqual(['2026-03-26T07:00Z', '2026-03-29T06:00Z', '2026-04-01T06:00Z']);
  });

  test('every second week on two days, at two hours', () => {
    const trigger = every({ frequency: 'Week', interval: 2, weekDays: ['Friday', 'Monday'], hours: [18, 6], minutes: [0] });
    // Why: 7 January is a Wednesday; its week counts, the next does not.
    expect(runs(trigger, 5)).toEqual(['2026-01-09T06:00Z', '2026-01-09T18:00Z', '2026-01-19T06:00Z', '2026-01-19T18:00Z', '2026-01-23T06:00Z']);
  });

  test('months without the day are left out, and a day that never comes has no time', () => {
    expect(runs(every({ frequency: 'Month', monthDays: [31], hours: [0], minutes: [30] }), 3)).toEqual(['2026-01-31T00:30Z', '2026-03-31T00:30Z', '2026-05-31T00:30Z']);
    expect(runs(every({ frequency: 'Month', interval: 12, monthDays: [30], hours: [0], minutes: [0], startTime: '2026-02-01T00:00:00Z' }), 1)).toEqual([]);
    expect(runs(every({ frequency: 'Month', interval: 1000, hours: [9] }), 2)).toEqual(['2109-05-07T09:00Z', '2192-09-07T09:00Z']);
  });
});

describe('time zones', () => {
  test('every name that Windows has is one of the calendar here', () => {
    for (const name of windowsZones) expect(() => new Intl.DateTimeFormat('en', { timeZone: findTimeZone(name) ?? 'none' }), name).not.toThrow();
  });

  test('both forms are found in any letter case, and no others', () => {
    expect(findTimeZone('w. europe standard time')).toBe('Europe/Berlin');
    expect(findTimeZone('europe/berlin')).toBe('Europe/Berlin');
    expect(findTimeZone('UTC')).toBe('UTC');
    expect(findTimeZone('Atlantis Standard Time')).toBeUndefined();
  });

  test('times with an offset and without', () => {
    expect(instantOf('2026-07-01T12:00:00', 'Europe/Berlin')?.toISOString()).toBe('2026-07-01T10:00:00.000Z');
    expect(instantOf('2026-07-01T12:00:00.123456', 'UTC')?.toISOString()).toBe('2026-07-01T12:00:00.000Z');
    expect(instantOf('2026-07-01T12:00:00+05:00', 'Europe/Berlin')?.toISOString()).toBe('2026-07-01T07:00:00.000Z');
    expect(instantOf('tomorrow', 'UTC')).toBeUndefined();
    expect(instantOf('2026-13-01T00:00:00Z', 'UTC')).toBeUndefined();
  });
});
