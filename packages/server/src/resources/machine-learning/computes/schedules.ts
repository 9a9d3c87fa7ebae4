// Schedules of a compute instance: when it is to start and stop by itself. Checked and kept with the instance.
// Source: contracts/azureml-rest.md §6 ComputeStartStopSchedule, Recurrence, Cron.

import { Type } from 'typebox';
import { isJsonObject, type JsonObject, stringAt } from '#kernel/json.ts';
import type { RejectInner } from './kind.ts';

const Text = Type.Optional(Type.String({ maxLength: 200 }));
const Count = (maximum: number) => Type.Array(Type.Integer({ minimum: 0, maximum }));
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export const schedulesSchema = Type.Optional(
  Type.Object({
    computeStartStop: Type.Optional(
      Type.Array(
        Type.Object({
          id: Text,
          status: Type.Enum(['Enabled', 'Disabled'], { default: 'Enabled' }),
          action: Type.Enum(['Start', 'Stop']),
          triggerType: Type.Enum(['Recurrence', 'Cron']),
          recurrence: Type.Optional(
            Type.Object({
              frequency: Type.Enum(['Minute', 'Hour', 'Day', 'Week', 'Month']),
              interval: Type.Integer({ minimum: 1 }),
              startTime: Text,
              timeZone: Text,
              schedule: Type.Optional(
                Type.Object({
                  hours: Count(23),
                  minutes: Count(59),
                  monthDays: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 31 }))),
                  weekDays: Type.Optional(Type.Array(Type.Enum([...DAYS]))),
                }),
              ),
            }),
          ),
          cron: Type.Optional(Type.Object({ expression: Type.String({ minLength: 1, maxLength: 200 }), startTime: Text, timeZone: Text })),
        }),
        { maxItems: 20 },
      ),
    ),
  }),
);

/** Five fields of numbers, names, lists, ranges and steps. */
const CRON = /^(?:[0-9A-Za-z*,/-]+ ){4}[0-9A-Za-z*,/-]+$/;

export function checkSchedules(schedules: JsonObject, reject: RejectInner): void {
  const list = schedules['computeStartStop'];
  for (const [index, schedule] of (Array.isArray(list) ? list : []).entries()) {
    if (!isJsonObject(schedule)) continue;
    const at = `schedules.computeStartStop.${index}`;
    const needed = stringAt(schedule, 'triggerType') === 'Cron' ? 'cron' : 'recurrence';
    const trigger = schedule[needed];
    if (!isJsonObject(trigger)) {
      reject(`${at}.${needed}`, `${needed} is missing; a schedule of triggerType ${String(schedule['triggerType'])} needs it.`);
      continue;
    }
    const expression = stringAt(trigger, 'expression');
    if (expression !== undefined && !CRON.test(expression)) reject(`${at}.cron.expression`, `expression is '${expression}'; five fields are accepted: minute, hour, day of month, month, day of week.`);
    const startTime = stringAt(trigger, 'startTime');
    if (startTime !== undefined && Number.isNaN(Date.parse(startTime))) reject(`${at}.${needed}.startTime`, `startTime is '${startTime}'; an ISO 8601 date and time is accepted.`);
  }
}
