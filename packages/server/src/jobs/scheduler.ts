// Scheduler: gives the nodes of a compute to its queued jobs, first in first out, and asks for more nodes up to the maximum.
//   node: (added) > preparing > idle <> running;  idle > (removed);  preparing > unusable > idle
// Everything here runs inside a transaction that holds the lock of the compute.

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import type { Tx } from '#storage/database.ts';
import { type ClusterRecord, deleteCluster, deleteNode, insertNode, listBusyJobNames, listNodes, lockCluster, type NodeRecord, setNode, setPower } from '#storage/compute-store.ts';
import { insertAttempt, type JobRecord, listQueuedJobs, listUnfinishedJobs, moveJob } from '#storage/job-store.ts';
import { publishEvent } from '#storage/notify.ts';
import { findRuns, transitionRun } from '#storage/run-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import { ADVANCE, PREPARE_NODE, SCALE_DOWN } from './phases/work-kinds.ts';

/** The pool of this machine, for jobs that name no compute. */
export const SERVERLESS_KEY = 'lazurite/serverless';

/** Jobs whose reason for waiting is kept up to date; those further back only say how many are ahead. */
const EXPLAINED_JOBS = 100;
const MAX_LISTED_NAMES = 5;

/** Starts what can start, scales up for the rest, and tells every waiting job why it waits. */
export async function schedule(tx: Tx, ctx: Context, computeKey: string, host: string): Promise<void> {
  const locked = await lockCluster(tx, computeKey);
  if (locked === undefined) return;
  const nodes = [...(await listNodes(tx, [computeKey]))];
  // Why here: the last node of an instance that restarts may leave with the job that held it.
  const cluster = locked.power === 'Restarting' && nodes.length === 0 ? await powerOn(tx, locked) : locked;
  const queue = [...(await listQueuedJobs(tx, computeKey, EXPLAINED_JOBS))].filter((job) => !job.isCancelRequested);
  const now = new Date(ctx.clock.now());
  for (let head = queue[0]; head !== undefined; head = queue[0]) {
    const idle = nodes.filter((node) => node.state === 'idle');
    if (idle.length < head.nodeCount || cluster.isDeleted) break;
    queue.shift();
    for (const node of idle.slice(0, head.nodeCount)) {
      await setNode(tx, node.id, { state: 'running', jobNo: head.no, idleSince: null });
      nodes[nodes.indexOf(node)] = { ...node, state: 'running', jobNo: head.no };
    }
    await startAttempt(tx, ctx, head, host, now);
  }
  await scaleUp(tx, ctx, cluster, nodes, queue, now);
  await explainQueue(tx, cluster, nodes, queue);
  await publishEvent(tx, { topic: 'compute', key: computeKey });
}

async function powerOn(tx: Tx, cluster: ClusterRecord): Promise<ClusterRecord> {
  await setPower(tx, cluster.key, 'Running', undefined);
  return { ...cluster, power: 'Running', minNodes: 1, maxNodes: 1 };
}

async function startAttempt(tx: Tx, ctx: Context, job: JobRecord, host: string, now: Date): Promise<void> {
  const number = job.attempt + 1;
  if (!(await moveJob(tx, job, 'preparing', { attempt: number }))) return;
  await insertAttempt(tx, { jobNo: job.no, number, host, createdAt: now });
  await transitionRun(tx, job.workspaceKey, job.name, ['NotStarted', 'Queued', 'Provisioning'], { to: 'Preparing', reason: null });
  await enqueueWork(tx, { kind: ADVANCE, payload: { jobNo: job.no, workspaceKey: job.workspaceKey }, dedupeKey: job.no, correlationId: ctx.correlationId });
}

/** Adds nodes for what is queued, within min and max. */
async function scaleUp(tx: Tx, ctx: Context, cluster: ClusterRecord, nodes: NodeRecord[], queue: readonly JobRecord[], now: Date): Promise<void> {
  if (cluster.isDeleted) return;
  const available = nodes.filter((node) => node.state === 'idle' || node.state === 'preparing').length;
  const wanted = queue.reduce((sum, job) => sum + job.nodeCount, 0);
  const staying = nodes.filter((node) => node.state !== 'leaving').length;
  const missing = Math.min(Math.max(wanted - available, cluster.minNodes - staying), cluster.maxNodes - nodes.length);
  for (let count = 0; count < missing; count += 1) {
    const id = `tvmps_${randomUUID().replaceAll('-', '')}`;
    await insertNode(tx, { id, computeKey: cluster.key, createdAt: now });
    nodes.push({ id, computeKey: cluster.key, state: 'preparing', jobNo: null, error: null, idleSince: null, createdAt: now });
    await enqueueWork(tx, { kind: PREPARE_NODE, payload: { nodeId: id, computeKey: cluster.key }, dedupeKey: id, correlationId: ctx.correlationId });
  }
}

async function explainQueue(tx: Tx, cluster: ClusterRecord, nodes: readonly NodeRecord[], queue: readonly JobRecord[]): Promise<void> {
  if (queue.length === 0) return;
  const busyNames = await listBusyJobNames(tx, cluster.key);
  const byWorkspace = Map.groupBy(queue, (job) => job.workspaceKey);
  const reasons = new Map<string, unknown>();
  for (const [workspaceKey, jobs] of byWorkspace) {
    const runs = await findRuns(
      tx,
      workspaceKey,
      jobs.map((job) => job.name),
    );
    for (const job of jobs) reasons.set(job.no, runs.get(job.name)?.statusReason?.['message']);
  }
  for (const [index, job] of queue.entries()) {
    const message = waitingReason(cluster, nodes, busyNames, job.nodeCount, index + 1);
    if (reasons.get(job.no) === message) continue;
    await transitionRun(tx, job.workspaceKey, job.name, ['NotStarted', 'Queued', 'Provisioning'], { to: 'Queued', reason: { code: 'WaitingForNodes', message } });
  }
}

/** `waiting for 1 node of cluster x: 2 of 2 are busy with job-a, job-b; position 3`. */
export function waitingReason(
  cluster: Pick<ClusterRecord, 'name' | 'maxNodes'>,
  nodes: readonly Pick<NodeRecord, 'state' | 'error'>[],
  busyNames: readonly string[],
  needed: number,
  position: number,
): string {
  const count = (state: string): number => nodes.filter((node) => node.state === state).length;
  const facts: string[] = [];
  const busy = count('running');
  if (busy > 0) {
    const more = busyNames.length > MAX_LISTED_NAMES ? ` and ${busyNames.length - MAX_LISTED_NAMES} more` : '';
    facts.push(`${busy} of ${cluster.maxNodes} ${busy === 1 ? 'is' : 'are'} busy with ${busyNames.slice(0, MAX_LISTED_NAMES).join(', ')}${more}`);
  }
  if (count('preparing') > 0) facts.push(`${count('preparing')} preparing`);
  if (count('idle') > 0) facts.push(`${count('idle')} idle`);
  if (count('unusable') > 0) facts.push(`${count('unusable')} unusable (${nodes.find((node) => node.state === 'unusable')?.error ?? 'unknown reason'})`);
  if (facts.length === 0) facts.push(`it has no nodes and may have ${cluster.maxNodes}`);
  return `waiting for ${needed} ${needed === 1 ? 'node' : 'nodes'} of cluster ${cluster.name}: ${facts.join(', ')}; position ${position}`;
}

/** Gives the job's nodes back: to the next job, or to idleness. The compute is locked by the caller through `schedule`. */
export async function releaseNodes(tx: Tx, ctx: Context, job: JobRecord, host: string): Promise<void> {
  const cluster = await lockCluster(tx, job.computeKey);
  if (cluster === undefined) return;
  const nodes = await listNodes(tx, [cluster.key]);
  const staying = nodes.filter((node) => node.state !== 'leaving').length;
  let surplus = cluster.isDeleted ? nodes.length : Math.max(0, staying - cluster.maxNodes);
  for (const node of nodes.filter((candidate) => candidate.jobNo === job.no)) {
    if (node.state === 'leaving' || surplus > 0) {
      await deleteNode(tx, node.id);
      if (node.state !== 'leaving') surplus -= 1;
    } else await makeIdle(tx, ctx, cluster, node.id);
  }
  if (cluster.isDeleted) await deleteWhenEmpty(tx, cluster.key);
  else await schedule(tx, ctx, cluster.key, host);
}

/** A deleted compute goes when its last job has. */
export async function deleteWhenEmpty(tx: Tx, key: string): Promise<void> {
  const holdsNodes = (await listNodes(tx, [key])).length > 0;
  if (!holdsNodes && (await listUnfinishedJobs(tx, key)).length === 0) await deleteCluster(tx, key);
}

/** The node waits for work from now on; it is removed when it has waited for long. */
export async function makeIdle(tx: Tx, ctx: Context, cluster: ClusterRecord, nodeId: string): Promise<void> {
  await setNode(tx, nodeId, { state: 'idle', jobNo: null, error: null, idleSince: new Date(ctx.clock.now()) });
  const seconds = cluster.minNodes < cluster.maxNodes ? cluster.idleSeconds : cluster.stopsAfterSeconds;
  if (seconds !== null) await enqueueWork(tx, { kind: SCALE_DOWN, payload: { computeKey: cluster.key }, dedupeKey: cluster.key, delayMs: seconds * 1000, correlationId: ctx.correlationId });
}
