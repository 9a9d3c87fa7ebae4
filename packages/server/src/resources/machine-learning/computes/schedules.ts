// Schedules of a compute instance: when it is to start and stop by itself. The engine does it.
// Source: contracts/azureml-rest.md §6 ComputeStartStopSchedule, Recurrence, Cron.

import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { parseTrigger } from '#work/parse-trigger.ts';
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

/** The schedules of stored or desired inner properties. */
export function schedulesOf(inner: JsonObject): readonly JsonObject[] {
  const list = objectAt(inner, 'schedules')['computeStartStop'];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

export function checkSchedules(schedules: JsonObject, reject: RejectInner): void {
  for (const [index, schedule] of schedulesOf({ schedules }).entries()) {
    const at = `schedules.computeStartStop.${index}`;
    const type = stringAt(schedule, 'triggerType') === 'Cron' ? 'Cron' : 'Recurrence';
    const needed = type === 'Cron' ? 'cron' : 'recurrence';
    const trigger = schedule[needed];
    if (isJsonObject(trigger)) parseTrigger(type, trigger, (member, message) => reject(`${at}.${needed}.${member}`, message));
    else reject(`${at}.${needed}`, `${needed} is missing; a schedule of triggerType ${type} needs it.`);
  }
}

/** Every schedule has an id, which it keeps in its place, and is in force as soon as it is stored. */
export function completeSchedules(given: JsonObject, stored: readonly JsonObject[]): JsonObject {
  const list = schedulesOf({ schedules: given });
  if (list.length === 0) return given;
  return { ...given, computeStartStop: list.map((schedule, index) => ({ ...schedule, id: schedule['id'] ?? stored[index]?.['id'] ?? randomUUID(), provisioningStatus: 'Completed' })) };
}
