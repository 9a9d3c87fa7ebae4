// Instances: computes of one node that their owner starts and stops. For the compute type ComputeInstance.
//   Running > (stop, or idle for long) > Stopped > (start) > Running;  Running > (restart) > Restarting > Running
// Source: contracts/azureml-rest.md §6 ComputeInstanceProperties (state, lastOperation, idleTimeBeforeShutdown).

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import {
  type ClusterRecord,
  deleteNode,
  findClusters,
  type LastOperation,
  listNodes,
  lockCluster,
  type NodeRecord,
  setIdleShutdown,
  setNode,
  setPower,
  upsertCluster,
} from '#storage/compute-store.ts';
import type { Tx } from '#storage/database.ts';
import { listQueuedJobs, listUnfinishedJobs } from '#storage/job-store.ts';
import { publishEvent } from '#storage/notify.ts';
import type { WorkResult } from '#work/define-work.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { cancelJob } from './cancel.ts';
import type { JobEngineDeps } from './engine-deps.ts';
import { putPowerSchedules } from './power-schedules.ts';
import { SCALE_DOWN } from './phases/work-kinds.ts';
import { schedule } from './scheduler.ts';

export type PowerChange = 'Start' | 'Stop' | 'Restart';

export interface InstanceState {
  readonly state: 'Starting' | 'Running' | 'JobRunning' | 'Restarting' | 'Stopping' | 'Stopped' | 'Unusable';
  readonly lastOperation: LastOperation & { readonly status: 'InProgress' | 'Succeeded' | 'StartFailed' };
}

export interface InstanceTiming {
  /** `idleTimeBeforeShutdown`; null: never. */
  readonly stopsAfterSeconds: number | null;
  /** `schedules.computeStartStop`, checked. */
  readonly schedules: readonly JsonObject[];
}

export interface Instances {
  /** Creates a running instance, or changes when it starts and stops by itself. */
  putInstance(tx: Tx, ctx: Context, key: string, name: string, timing: InstanceTiming): Promise<void>;
  /** Stopping and restarting cancel the job that runs on it; what is queued stays queued. Idempotent. */
  changePower(tx: Tx, ctx: Context, key: string, change: PowerChange, trigger: LastOperation['trigger']): Promise<void>;
}

export function createInstances(deps: Pick<JobEngineDeps, 'host'>): Instances {
  return {
    async putInstance(tx, ctx, key, name, { stopsAfterSeconds, schedules }) {
      const now = new Date(ctx.clock.now());
      const [known] = await findClusters(tx, [key]);
      const isNew = known === undefined || known.isDeleted;
      if (isNew) {
        await upsertCluster(tx, { key, name, minNodes: 1, maxNodes: 1, idleSeconds: 0 }, now);
        await setPower(tx, key, 'Running', { name: 'Create', trigger: 'User', at: now.toISOString() });
      }
      await setIdleShutdown(tx, key, stopsAfterSeconds);
      // Why at once: the node may have been idle for that long already.
      if (stopsAfterSeconds !== null) await enqueueWork(tx, { kind: SCALE_DOWN, payload: { computeKey: key }, dedupeKey: key, correlationId: ctx.correlationId });
      await putPowerSchedules(tx, ctx, key, isNew ? null : known.powerPlan, schedules);
      await schedule(tx, ctx, key, deps.host);
    },

    async changePower(tx, ctx, key, change, trigger) {
      const cluster = await lockCluster(tx, key);
      if (cluster === undefined || cluster.isDeleted || cluster.power === null) {
        throw new Fault('invalid', 'ComputeHasNoPower', `${key} is no compute instance; only instances are started, stopped and restarted.`);
      }
      if (cluster.power === { Start: 'Running', Stop: 'Stopped', Restart: 'Restarting' }[change]) return;
      const operation: LastOperation = { name: change, trigger, at: new Date(ctx.clock.now()).toISOString() };
      if (change === 'Start') await setPower(tx, key, 'Running', operation);
      else {
        await releaseAll(tx, ctx, cluster, change === 'Stop' ? 'stopped' : 'restarted');
        await setPower(tx, key, change === 'Stop' ? 'Stopped' : 'Restarting', operation);
      }
      await schedule(tx, ctx, key, deps.host);
    },
  };
}

/** Free nodes go now; one that holds a job leaves with it. */
async function releaseAll(tx: Tx, ctx: Context, cluster: ClusterRecord, word: string): Promise<void> {
  const busy = new Set<string>();
  for (const node of await listNodes(tx, [cluster.key])) {
    if (node.jobNo === null) await deleteNode(tx, node.id);
    else {
      busy.add(node.jobNo);
      await setNode(tx, node.id, { state: 'leaving' });
    }
  }
  for (const job of await listUnfinishedJobs(tx, cluster.key)) {
    if (busy.has(job.no)) await cancelJob(tx, ctx, job, { code: 'ComputeInstanceStopped', message: `The compute instance ${cluster.name} was ${word}.` });
  }
}

/** Undefined for a cluster. */
export function instanceState(cluster: ClusterRecord, nodes: readonly NodeRecord[]): InstanceState | undefined {
  if (cluster.power === null) return undefined;
  const state = stateOf(cluster, nodes);
  const last = cluster.lastOperation ?? { name: 'Create', trigger: 'User', at: cluster.resizedAt.toISOString() };
  const isUnderWay = state === 'Starting' || state === 'Restarting' || state === 'Stopping';
  return { state, lastOperation: { ...last, status: isUnderWay ? 'InProgress' : state === 'Unusable' ? 'StartFailed' : 'Succeeded' } };
}

function stateOf(cluster: ClusterRecord, nodes: readonly NodeRecord[]): InstanceState['state'] {
  if (cluster.power === 'Stopped') return nodes.length === 0 ? 'Stopped' : 'Stopping';
  if (cluster.power === 'Restarting') return 'Restarting';
  switch (nodes[0]?.state) {
    case 'idle':
      return 'Running';
    case 'running':
      return 'JobRunning';
    case 'unusable':
      return 'Unusable';
    default:
      return 'Starting';
  }
}

/** One round of `idleTimeBeforeShutdown`. The caller holds the lock of the compute. */
export async function stopWhenIdle(tx: Tx, ctx: Context, cluster: ClusterRecord): Promise<WorkResult> {
  if (cluster.power !== 'Running' || cluster.stopsAfterSeconds === null) return 'done';
  const [node] = await listNodes(tx, [cluster.key]);
  // Why done: the node asks again when it becomes idle.
  if (node?.state !== 'idle' || node.idleSince === null || (await listQueuedJobs(tx, cluster.key, 1)).length > 0) return 'done';
  const leftMs = node.idleSince.getTime() + cluster.stopsAfterSeconds * 1000 - ctx.clock.now();
  if (leftMs > 0) return { againAfterMs: Math.ceil(leftMs) };
  await deleteNode(tx, node.id);
  await setPower(tx, cluster.key, 'Stopped', { name: 'Stop', trigger: 'IdleShutdown', at: new Date(ctx.clock.now()).toISOString() });
  await publishEvent(tx, { topic: 'compute', key: cluster.key });
  return 'done';
}
