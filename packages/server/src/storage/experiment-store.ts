// experiment-store: experiments of a workspace, their tags, and their search.

import { randomUUID } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import { Fault } from '#kernel/faults.ts';
import type { Sql, Tx } from './database.ts';
import { hideRow, type HiddenRowMarks, lookUp } from './hidden/marks.ts';
import { allOf, compare, type Condition, direction, epochMs, type Order, type SqlText } from './search-sql.ts';
import type { ExperimentsTable } from './tables/tracking.ts';

export interface ExperimentRecord {
  readonly id: string;
  readonly workspaceKey: string;
  readonly name: string;
  /** Where its runs keep artifacts when not in the workspace's own storage. */
  readonly artifactLocation: string | null;
  readonly lifecycle: 'active' | 'deleted';
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type Lifecycle = 'active' | 'deleted' | 'all';

function fromRow(row: Selectable<ExperimentsTable>): ExperimentRecord {
  const tags = Object.fromEntries(Object.entries(row.tags).map(([key, value]) => [key, String(value)]));
  return {
    id: row.id,
    workspaceKey: row.workspace_key,
    name: row.name,
    artifactLocation: row.artifact_location,
    lifecycle: row.lifecycle,
    tags,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface NewExperiment {
  readonly workspaceKey: string;
  readonly name: string;
  readonly artifactLocation?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Throws `conflict`/`ResourceAlreadyExists` for a taken name, also that of a deleted experiment. */
export async function insertExperiment(tx: Tx, experiment: NewExperiment): Promise<ExperimentRecord> {
  const hide = hideExperiment(experiment.workspaceKey, { ...experiment, artifactLocation: experiment.artifactLocation ?? null });
  const row = await tx
    .insertInto('experiments')
    .values({
      id: randomUUID(),
      workspace_key: experiment.workspaceKey,
      name: hide.column('name'),
      artifact_location: hide.column<string | null>('artifact_location'),
      lifecycle: 'active',
      tags: hide.column('tags'),
      sealed_content: hide.sealed,
    })
    .onConflict((conflict) => conflict.columns(['workspace_key', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    throw new Fault('conflict', 'ResourceAlreadyExists', `An experiment named '${experiment.name}' exists in this workspace already (perhaps deleted); restore it or choose another name.`);
  }
  return fromRow(row);
}

export async function findExperiment(db: Sql, workspaceKey: string, id: string): Promise<ExperimentRecord | undefined> {
  const row = await db.selectFrom('experiments').selectAll().where('workspace_key', '=', workspaceKey).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** The experiments of these ids in one query, by id. */
export async function findExperiments(db: Sql, workspaceKey: string, ids: readonly string[]): Promise<ReadonlyMap<string, ExperimentRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('experiments').selectAll().where('workspace_key', '=', workspaceKey).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}

export async function findExperimentByName(db: Sql, workspaceKey: string, name: string): Promise<ExperimentRecord | undefined> {
  const row = await db
    .selectFrom('experiments')
    .selectAll()
    .where('workspace_key', '=', workspaceKey)
    .where('name', '=', lookUp('experiment', workspaceKey, name))
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** False when the name is taken. */
export async function renameExperiment(tx: Tx, experiment: ExperimentRecord, name: string): Promise<boolean> {
  const taken = lookUp('experiment', experiment.workspaceKey, name);
  const other = await tx.selectFrom('experiments').select('id').where('workspace_key', '=', experiment.workspaceKey).where('name', '=', taken).where('id', '<>', experiment.id).executeTakeFirst();
  if (other !== undefined) return false;
  await rewriteExperiment(tx, experiment, (held) => ({ ...held, name }));
  return true;
}

/** Why locked: what is sealed is written as a whole. */
async function rewriteExperiment(tx: Tx, { id, workspaceKey }: ExperimentRecord, change: (held: ExperimentRecord) => ExperimentContent): Promise<boolean> {
  const row = await tx.selectFrom('experiments').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) return false;
  const hide = hideExperiment(workspaceKey, change(fromRow(row)));
  await tx
    .updateTable('experiments')
    .set({ name: hide.column('name'), artifact_location: hide.column<string | null>('artifact_location'), tags: hide.column('tags'), sealed_content: hide.sealed, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
  return true;
}

type ExperimentContent = Pick<ExperimentRecord, 'name' | 'artifactLocation' | 'tags'>;

function hideExperiment(workspaceKey: string, { name, artifactLocation, tags }: ExperimentContent): HiddenRowMarks {
  return hideRow('experiment', workspaceKey, { name, artifact_location: artifactLocation, tags: JSON.stringify(tags) });
}

/** Deletes or restores the experiment with all its runs. */
export async function setExperimentLifecycle(tx: Tx, id: string, lifecycle: 'active' | 'deleted'): Promise<void> {
  await sql`update experiments set lifecycle = ${lifecycle}, updated_at = now() where id = ${id}`.execute(tx);
  await sql`update runs set lifecycle = ${lifecycle} where experiment_id = ${id} and lifecycle <> ${lifecycle}`.execute(tx);
}

export async function setExperimentTag(tx: Tx, experiment: ExperimentRecord, key: string, value: string): Promise<void> {
  await rewriteExperiment(tx, experiment, (held) => ({ ...held, tags: { ...held.tags, [key]: value } }));
}

/** True when there was one. */
export async function deleteExperimentTag(tx: Tx, experiment: ExperimentRecord, key: string): Promise<boolean> {
  let wasThere = false;
  await rewriteExperiment(tx, experiment, (held) => {
    const { [key]: removed, ...tags } = held.tags;
    wasThere = removed !== undefined;
    return { ...held, tags };
  });
  return wasThere;
}

export interface ExperimentSearch {
  readonly workspaceKey: string;
  readonly lifecycle: Lifecycle;
  readonly conditions: readonly Condition[];
  readonly orders: readonly Order[];
  readonly offset: number;
  readonly limit: number;
}

const ATTRIBUTES: Readonly<Record<string, SqlText>> = {
  name: sql`e.name`,
  experiment_id: sql`e.id`,
  creation_time: epochMs(sql`e.created_at`),
  last_update_time: epochMs(sql`e.updated_at`),
};

function attribute(key: string): SqlText {
  return ATTRIBUTES[key] ?? sql`null`;
}

export async function searchExperiments(db: Sql, search: ExperimentSearch): Promise<readonly ExperimentRecord[]> {
  const where = [
    sql`e.workspace_key = ${search.workspaceKey}`,
    ...(search.lifecycle === 'all' ? [] : [sql`e.lifecycle = ${search.lifecycle}`]),
    ...search.conditions.map((c) => compare(c.entity === 'tag' ? sql`(e.tags->>${c.key}::text)` : attribute(c.key), c.comparator, c.value)),
  ];
  const orders = search.orders.map((order) => sql`${attribute(order.key)} ${direction(order.isAscending)}`);
  if (orders.length === 0) orders.push(sql`e.created_at desc`);
  orders.push(sql`e.id desc`);
  const rows = await sql<Selectable<ExperimentsTable>>`
    select e.* from experiments e where ${allOf(where)} order by ${sql.join(orders)} limit ${search.limit} offset ${search.offset}`.execute(db);
  return rows.rows.map(fromRow);
}

/** Removes everything tracked in the workspace. For its deletion; blobs are removed with its storage. */
export async function deleteWorkspaceTracking(tx: Tx, workspaceKey: string): Promise<void> {
  const runs = sql`select id from runs where workspace_key = ${workspaceKey}`;
  await sql`delete from metrics where run_no in (${runs})`.execute(tx);
  await sql`delete from latest_metrics where run_no in (${runs})`.execute(tx);
  for (const table of ['logged_models', 'runs', 'experiments', 'datasets', 'model_aliases', 'model_stages'] as const) {
    await sql`delete from ${sql.table(table)} where workspace_key = ${workspaceKey}`.execute(tx);
  }
}
