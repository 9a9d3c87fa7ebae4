// Computes: clusters of nodes on this machine, a node being a slot for one process group. For the `computes` resource type.
// Source: contracts/azureml-rest.md, AmlCompute; AmlComputeNodeInformation.

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { Sql, Tx } from '#storage/database.ts';
import { deleteNode, findClusters, findNode, listNodes, lockCluster, markClusterDeleted, type NodeState, setNode, upsertCluster } from '#storage/compute-store.ts';
import { listUnfinishedJobs } from '#storage/job-store.ts';
import { defineWork, type WorkKind } from '#work/define-work.ts';
import { cancelJob } from './cancel.ts';
import type { JobEngineDeps } from './engine-deps.ts';
import { deleteWhenEmpty, makeIdle, schedule } from './scheduler.ts';
import { createInstances, instanceState, type InstanceState, type Instances, stopWhenIdle } from './instances.ts';
import { PREPARE_NODE, SCALE_DOWN } from './phases/work-kinds.ts';

export interface ComputeScale {
  readonly min: number;
  readonly max: number;
  /** `nodeIdleTimeBeforeScaleDown`. */
  readonly idleSeconds: number;
}

export interface ComputeState {
  readonly allocationState: 'Steady' | 'Resizing';
  readonly allocationStateTransitionTime: Date;
  readonly currentNodeCount: number;
  readonly targetNodeCount: number;
  readonly nodeStateCounts: {
    readonly idleNodeCount: number;
    readonly runningNodeCount: number;
    readonly preparingNodeCount: number;
    readonly unusableNodeCount: number;
    readonly leavingNodeCount: number;
    readonly preemptedNodeCount: number;
  };
  /** What is wrong with unusable nodes. */
  readonly errors: readonly string[];
  /** Of a compute instance. */
  readonly instance: InstanceState | undefined;
}

export interface ComputeNode {
  readonly nodeId: string;
  readonly nodeState: NodeState;
  readonly privateIpAddress: string;
  /** Name of the job that runs on it. */
  readonly runId: string | null;
  readonly error: string | null;
}

export interface Computes extends Instances {
  /** Creates or resizes. Nodes above the new maximum leave as soon as they are free. Throws `invalid` for impossible sizes. */
  putCompute(tx: Tx, ctx: Context, key: string, name: string, scale: ComputeScale): Promise<void>;
  /** Cancels the jobs that run or wait there; the nodes leave with the last of them. Idempotent. */
  deleteCompute(tx: Tx, ctx: Context, key: string): Promise<void>;
  /** State of these computes in two queries, by key. */
  describe(db: Sql, keys: readonly string[]): Promise<ReadonlyMap<string, ComputeState>>;
  listNodes(db: Sql, key: string): Promise<readonly ComputeNode[]>;
}

const MAX_NODES = 1_000;
const RECHECK_MS = 30_000;

export function createComputes(deps: JobEngineDeps): Computes {
  return {
    ...createInstances(deps),

    async putCompute(tx, ctx, key, name, { min, max, idleSeconds }) {
      const isSize = (value: number): boolean => Number.isInteger(value) && value >= 0;
      if (!isSize(min) || !isSize(max) || min > max || max > MAX_NODES) {
        throw new Fault('invalid', 'InvalidScaleSettings', `minNodeCount ${min} and maxNodeCount ${max} are not accepted; whole numbers with 0 <= minNodeCount <= maxNodeCount <= ${MAX_NODES} are.`, {
          target: 'properties.properties.scaleSettings',
        });
      }
      const now = new Date(ctx.clock.now());
      await upsertCluster(tx, { key, name, minNodes: min, maxNodes: max, idleSeconds }, now);
      const cluster = await lockCluster(tx, key);
      if (cluster === undefined) return;
      const nodes = (await listNodes(tx, [key])).filter((node) => node.state !== 'leaving');
      const order: readonly NodeState[] = ['unusable', 'preparing', 'idle', 'running'];
      const leaving = [...nodes].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).slice(0, Math.max(0, nodes.length - max));
      for (const node of leaving) {
        if (node.jobNo === null) await deleteNode(tx, node.id);
        else await setNode(tx, node.id, { state: 'leaving' });
      }
      for (const node of nodes.filter((candidate) => candidate.state === 'idle' && !leaving.includes(candidate))) await makeIdle(tx, ctx, cluster, node.id);
      await schedule(tx, ctx, key, deps.host);
    },

    async deleteCompute(tx, ctx, key) {
      if ((await lockCluster(tx, key)) === undefined) return;
      await markClusterDeleted(tx, key);
      for (const node of await listNodes(tx, [key])) {
        if (node.jobNo === null) await deleteNode(tx, node.id);
        else await setNode(tx, node.id, { state: 'leaving' });
      }
      for (const job of await listUnfinishedJobs(tx, key)) await cancelJob(tx, ctx, job, { code: 'ComputeDeleted', message: 'The compute of this job was deleted.' });
      await deleteWhenEmpty(tx, key);
    },

    async describe(db, keys) {
      const nodes = Map.groupBy(await listNodes(db, keys), (node) => node.computeKey);
      const states = (await findClusters(db, keys)).map((cluster): readonly [string, ComputeState] => {
        const own = nodes.get(cluster.key) ?? [];
        const count = (state: NodeState): number => own.filter((node) => node.state === state).length;
        const isResizing = count('preparing') > 0 || count('leaving') > 0;
        const changes = own.map((node) => Math.max(node.createdAt.getTime(), node.idleSince?.getTime() ?? 0));
        return [
          cluster.key,
          {
            allocationState: isResizing ? 'Resizing' : 'Steady',
            allocationStateTransitionTime: new Date(Math.max(cluster.resizedAt.getTime(), ...changes)),
            currentNodeCount: own.length - count('preparing'),
            targetNodeCount: own.length - count('leaving'),
            nodeStateCounts: {
              idleNodeCount: count('idle'),
              runningNodeCount: count('running'),
              preparingNodeCount: count('preparing'),
              unusableNodeCount: count('unusable'),
              leavingNodeCount: count('leaving'),
              preemptedNodeCount: 0,
            },
            errors: own.flatMap((node) => (node.error === null ? [] : [`${node.id}: ${node.error}`])),
            instance: instanceState(cluster, own),
          },
        ];
      });
      return new Map(states);
    },

    async listNodes(db, key) {
      const jobs = new Map((await listUnfinishedJobs(db, key)).map((job) => [job.no, job.name]));
      return (await listNodes(db, [key])).map((node) => ({
        nodeId: node.id,
        nodeState: node.state,
        privateIpAddress: '127.0.0.1',
        runId: node.jobNo === null ? null : (jobs.get(node.jobNo) ?? null),
        error: node.error,
      }));
    },
  };
}

/** The work items of nodes. */
export function computeWork(deps: JobEngineDeps): readonly WorkKind[] {
  const { database, driver, host } = deps;
  const prepareNode = defineWork({
    kind: PREPARE_NODE,
    async run(ctx, payload) {
      const nodeId = String(payload['nodeId']);
      const computeKey = String(payload['computeKey']);
      if ((await findNode(database.sql, nodeId)) === undefined) return 'done';
      // The real check: the driver tries its runner once per server and remembers what it found.
      const problem = await driver.capabilities().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      await database.transaction(async (tx) => {
        const cluster = await lockCluster(tx, computeKey);
        const node = await findNode(tx, nodeId);
        if (cluster === undefined || node === undefined || (node.state !== 'preparing' && node.state !== 'unusable')) return;
        if (problem === undefined) await makeIdle(tx, ctx, cluster, nodeId);
        else await setNode(tx, nodeId, { state: 'unusable', error: problem });
        await schedule(tx, ctx, computeKey, host);
      });
      return problem === undefined ? 'done' : { againAfterMs: RECHECK_MS };
    },
  });

  const scaleDown = defineWork({
    kind: SCALE_DOWN,
    async run(ctx, payload) {
      const computeKey = String(payload['computeKey']);
      return database.transaction(async (tx) => {
        const cluster = await lockCluster(tx, computeKey);
        if (cluster === undefined) return 'done';
        if (cluster.power !== null) return stopWhenIdle(tx, ctx, cluster);
        const nodes = await listNodes(tx, [computeKey]);
        let spare = nodes.filter((node) => node.state !== 'leaving').length - cluster.minNodes;
        let nextMs = Number.POSITIVE_INFINITY;
        const idle = nodes.filter((node) => node.state === 'idle').sort((a, b) => (a.idleSince?.getTime() ?? 0) - (b.idleSince?.getTime() ?? 0));
        for (const node of idle) {
          if (spare <= 0) break;
          const leftMs = (node.idleSince?.getTime() ?? 0) + cluster.idleSeconds * 1000 - ctx.clock.now();
          if (leftMs <= 0) {
            await deleteNode(tx, node.id);
            spare -= 1;
          } else nextMs = Math.min(nextMs, leftMs);
        }
        await schedule(tx, ctx, computeKey, host);
        return Number.isFinite(nextMs) ? { againAfterMs: Math.ceil(nextMs) } : 'done';
      });
    },
  });
  return [prepareNode, scaleDown];
}

/** The submitted job must fit: throws `invalid` for an unknown compute and for more nodes than it may have. */
export async function checkFits(tx: Tx, computeKey: string, nodeCount: number): Promise<void> {
  const cluster = await lockCluster(tx, computeKey);
  if (cluster === undefined || cluster.isDeleted) {
    const name = computeKey.slice(computeKey.lastIndexOf('/') + 1);
    const instead = `Leave compute out, and the job runs without one of its own, or make it: az ml compute create --name ${name} --type AmlCompute --max-instances 1.`;
    throw new Fault('invalid', 'ComputeNotFound', `There is no compute ${name} that runs jobs in this workspace (${computeKey}). ${instead}`, { target: 'properties.computeId' });
  }
  if (cluster.power !== null && cluster.power !== 'Running') {
    throw new Fault(
      'conflict',
      'ComputeInstanceNotRunning',
      `The compute instance ${cluster.name} is ${cluster.power === 'Stopped' ? 'stopped' : 'restarting'}; start it before submitting a job to it.`,
      {
        target: 'properties.computeId',
      },
    );
  }
  if (nodeCount > cluster.maxNodes) {
    throw new Fault('invalid', 'NotEnoughNodes', `The job asks for ${nodeCount} nodes; compute ${cluster.name} has at most ${cluster.maxNodes}.`, { target: 'properties.resources.instanceCount' });
  }
}
