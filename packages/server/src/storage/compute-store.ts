// compute-store: the SQL of computes and their nodes. Whoever changes nodes or the queue of a compute locks it first.

import type { Selectable } from 'kysely';
import type { Sql, Tx } from './database.ts';
import type { ComputeClustersTable, ComputeNodesTable, LastOperation, NodeState, Power, PowerPlan } from './tables/jobs.ts';

export type { LastOperation, NodeState, Power, PowerPlan } from './tables/jobs.ts';

export interface ClusterRecord {
  readonly key: string;
  readonly name: string;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly idleSeconds: number;
  readonly isDeleted: boolean;
  readonly resizedAt: Date;
  /** Null: a cluster, which scales. */
  readonly power: Power | null;
  readonly stopsAfterSeconds: number | null;
  readonly lastOperation: LastOperation | null;
  readonly powerPlan: PowerPlan | null;
}

export interface NodeRecord {
  readonly id: string;
  readonly computeKey: string;
  readonly state: NodeState;
  readonly jobNo: string | null;
  readonly error: string | null;
  readonly idleSince: Date | null;
  readonly createdAt: Date;
}

function clusterFromRow(row: Selectable<ComputeClustersTable>): ClusterRecord {
  return {
    key: row.key,
    name: row.name,
    minNodes: row.min_nodes,
    maxNodes: row.max_nodes,
    idleSeconds: row.idle_seconds,
    isDeleted: row.is_deleted,
    resizedAt: row.resized_at,
    power: row.power,
    stopsAfterSeconds: row.stops_after_seconds,
    lastOperation: row.last_operation,
    powerPlan: row.power_plan,
  };
}

function nodeFromRow(row: Selectable<ComputeNodesTable>): NodeRecord {
  return { id: row.id, computeKey: row.compute_key, state: row.state, jobNo: row.job_no, error: row.error, idleSince: row.idle_since, createdAt: row.created_at };
}

export interface ClusterSettings {
  readonly key: string;
  readonly name: string;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly idleSeconds: number;
}

export async function upsertCluster(tx: Tx, cluster: ClusterSettings, now: Date): Promise<void> {
  const values = {
    name: cluster.name,
    min_nodes: cluster.minNodes,
    max_nodes: cluster.maxNodes,
    idle_seconds: cluster.idleSeconds,
    is_deleted: false,
    resized_at: now,
    power: null,
    stops_after_seconds: null,
    last_operation: null,
    power_plan: null,
  };
  await tx
    .insertInto('compute_clusters')
    .values({ key: cluster.key, ...values })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
    .execute();
}

/** Switches an instance; it has one node while it runs. */
export async function setPower(tx: Tx, key: string, power: Power, lastOperation: LastOperation | undefined): Promise<void> {
  const nodes = power === 'Running' ? 1 : 0;
  await tx
    .updateTable('compute_clusters')
    .set({ power, min_nodes: nodes, max_nodes: nodes, ...(lastOperation === undefined ? {} : { last_operation: JSON.stringify(lastOperation) }) })
    .where('key', '=', key)
    .execute();
}

export async function setIdleShutdown(tx: Tx, key: string, stopsAfterSeconds: number | null): Promise<void> {
  await tx.updateTable('compute_clusters').set({ stops_after_seconds: stopsAfterSeconds }).where('key', '=', key).execute();
}

export async function setPowerPlan(tx: Tx, key: string, plan: PowerPlan | null): Promise<void> {
  await tx
    .updateTable('compute_clusters')
    .set({ power_plan: plan === null ? null : JSON.stringify(plan) })
    .where('key', '=', key)
    .execute();
}

/** Serialises every change of this compute's nodes and queue until the transaction ends. */
export async function lockCluster(tx: Tx, key: string): Promise<ClusterRecord | undefined> {
  const row = await tx.selectFrom('compute_clusters').selectAll().where('key', '=', key).forUpdate().executeTakeFirst();
  return row === undefined ? undefined : clusterFromRow(row);
}

export async function findClusters(db: Sql, keys: readonly string[]): Promise<readonly ClusterRecord[]> {
  if (keys.length === 0) return [];
  return (await db.selectFrom('compute_clusters').selectAll().where('key', 'in', keys).execute()).map(clusterFromRow);
}

export async function listClusters(db: Sql): Promise<readonly ClusterRecord[]> {
  return (await db.selectFrom('compute_clusters').selectAll().execute()).map(clusterFromRow);
}

export async function markClusterDeleted(tx: Tx, key: string): Promise<void> {
  await tx.updateTable('compute_clusters').set({ is_deleted: true, min_nodes: 0 }).where('key', '=', key).execute();
}

export async function deleteCluster(tx: Tx, key: string): Promise<void> {
  await tx.deleteFrom('compute_clusters').where('key', '=', key).execute();
}

export async function listNodes(db: Sql, keys: readonly string[]): Promise<readonly NodeRecord[]> {
  if (keys.length === 0) return [];
  return (await db.selectFrom('compute_nodes').selectAll().where('compute_key', 'in', keys).orderBy('created_at').orderBy('id').execute()).map(nodeFromRow);
}

export async function findNode(db: Sql, id: string): Promise<NodeRecord | undefined> {
  const row = await db.selectFrom('compute_nodes').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : nodeFromRow(row);
}

/** Names of the jobs that hold nodes of this compute, oldest first. */
export async function listBusyJobNames(db: Sql, key: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('compute_nodes as n').innerJoin('jobs as j', 'j.no', 'n.job_no').select(['j.name', 'j.no']).distinct().where('n.compute_key', '=', key).orderBy('j.no').execute();
  return rows.map((row) => row.name);
}

export async function insertNode(tx: Tx, node: { readonly id: string; readonly computeKey: string; readonly createdAt: Date }): Promise<void> {
  await tx.insertInto('compute_nodes').values({ id: node.id, compute_key: node.computeKey, state: 'preparing', job_no: null, error: null, idle_since: null, created_at: node.createdAt }).execute();
}

export async function setNode(
  tx: Tx,
  id: string,
  change: { readonly state: NodeState; readonly jobNo?: string | null; readonly error?: string | null; readonly idleSince?: Date | null },
): Promise<void> {
  await tx
    .updateTable('compute_nodes')
    .set({
      state: change.state,
      ...(change.jobNo === undefined ? {} : { job_no: change.jobNo }),
      ...(change.error === undefined ? {} : { error: change.error }),
      ...(change.idleSince === undefined ? {} : { idle_since: change.idleSince }),
    })
    .where('id', '=', id)
    .execute();
}

export async function deleteNode(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('compute_nodes').where('id', '=', id).execute();
}
