// PowerSchedules: a compute instance starts and stops by itself at the times that its owner said.
// One work item per instance comes when the next time does; what came due while no server ran counts with its last word.
// Source: contracts/azureml-rest.md §6 ComputeStartStopSchedule.

import type { Context } from '#kernel/context.ts';
import { jsonEqual, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { lockCluster, type PowerPlan, setPowerPlan } from '#storage/compute-store.ts';
import type { Database, Tx } from '#storage/database.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import { parseTrigger } from '#work/parse-trigger.ts';
import { nextRun, type Trigger } from '#work/trigger.ts';
import { POWER_SCHEDULE } from './phases/work-kinds.ts';

/** Times that are looked at for one that was missed; after more, only the last day counts. */
const MOST_MISSED = 5_000;
const DAY_MS = 86_400_000;

interface PowerSchedule {
  readonly action: 'Start' | 'Stop';
  readonly trigger: Trigger;
}

/** Keeps the schedules of an instance (`computeStartStop`, as on the wire); those that are new count from now on. */
export async function putPowerSchedules(tx: Tx, ctx: Context, key: string, known: PowerPlan | null, schedules: readonly JsonObject[]): Promise<void> {
  if (jsonEqual(known?.schedules ?? [], schedules)) return;
  const now = new Date(ctx.clock.now()).toISOString();
  await setPowerPlan(tx, key, schedules.length === 0 ? null : { schedules, since: now, doneUntil: now });
  await enqueueWork(tx, { kind: POWER_SCHEDULE, payload: { computeKey: key }, dedupeKey: key, correlationId: ctx.correlationId });
}

export function powerScheduleWork(database: Database, instances: { changePower(tx: Tx, ctx: Context, key: string, change: 'Start' | 'Stop', trigger: 'Schedule'): Promise<void> }): WorkKind {
  return defineWork({
    kind: POWER_SCHEDULE,
    run(ctx, payload) {
      const key = String(payload['computeKey']);
      return database.transaction(async (tx) => {
        const cluster = await lockCluster(tx, key);
        const plan = cluster?.powerPlan ?? null;
        if (cluster === undefined || cluster.isDeleted || plan === null) return 'done';
        const now = new Date(ctx.clock.now());
        const since = new Date(plan.since);
        const schedules = plan.schedules.flatMap(parsePowerSchedule);
        const due = lastDue(schedules, new Date(plan.doneUntil), now, since);
        if (due !== undefined) {
          await instances.changePower(tx, ctx, key, due, 'Schedule');
          ctx.log.info({ compute: cluster.name, action: due }, 'compute.schedule_fired');
        }
        await setPowerPlan(tx, key, { ...plan, doneUntil: now.toISOString() });
        const next = schedules.flatMap(({ trigger }) => nextRun(trigger, now, since)?.getTime() ?? []);
        return next.length === 0 ? 'done' : { againAfterMs: Math.max(1, Math.min(...next) - now.getTime()) };
      });
    },
  });
}

function parsePowerSchedule(schedule: JsonObject): readonly PowerSchedule[] {
  if (stringAt(schedule, 'status') === 'Disabled') return [];
  const isCron = stringAt(schedule, 'triggerType') === 'Cron';
  const trigger = parseTrigger(isCron ? 'Cron' : 'Recurrence', objectAt(schedule, isCron ? 'cron' : 'recurrence'), () => undefined);
  return trigger === undefined ? [] : [{ action: stringAt(schedule, 'action') === 'Start' ? 'Start' : 'Stop', trigger }];
}

/** What the schedules wanted last in the time after `from`; at one and the same time a start wins. */
function lastDue(schedules: readonly PowerSchedule[], from: Date, now: Date, since: Date): 'Start' | 'Stop' | undefined {
  let found: { readonly action: 'Start' | 'Stop'; readonly at: Date } | undefined;
  for (const { action, trigger } of schedules) {
    const at = lastRun(trigger, from, now, since);
    if (at !== undefined && (found === undefined || at > found.at || (at.getTime() === found.at.getTime() && action === 'Start'))) found = { action, at };
  }
  return found?.action;
}

function lastRun(trigger: Trigger, from: Date, now: Date, since: Date): Date | undefined {
  let last: Date | undefined;
  let count = 0;
  for (let at = nextRun(trigger, from, since); at !== undefined && at <= now; at = nextRun(trigger, at, since)) {
    last = at;
    count += 1;
    if (count === MOST_MISSED) at = new Date(Math.max(at.getTime(), now.getTime() - DAY_MS));
  }
  return last;
}
