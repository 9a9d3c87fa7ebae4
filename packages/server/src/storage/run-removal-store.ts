// run-removal-store: taking a run out of every table it is in.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

/** Removes the run with its metrics, params and tags. Idempotent. */
export async function deleteRun(tx: Tx, workspaceKey: string, runId: string): Promise<void> {
  const run = sql`select id from runs where workspace_key = ${workspaceKey} and run_id = ${runId}`;
  await sql`delete from metrics where run_no in (${run})`.execute(tx);
  await sql`delete from latest_metrics where run_no in (${run})`.execute(tx);
  await sql`delete from runs where workspace_key = ${workspaceKey} and run_id = ${runId}`.execute(tx);
}

const KEYED = ['runs', 'experiments', 'logged_models', 'datasets', 'model_aliases', 'model_stages'] as const;

/** Moves everything tracked in a workspace under another key, so that a new workspace of that name starts empty. */
export async function entombTracking(tx: Tx, workspaceKey: string, tombKey: string): Promise<void> {
  for (const table of KEYED) await sql`update ${sql.table(table)} set workspace_key = ${tombKey} where workspace_key = ${workspaceKey}`.execute(tx);
}

/** A page of what is under the key: run ids and ids of logged models. */
export async function listEntombed(db: Sql, tombKey: string, limit: number): Promise<{ readonly runIds: readonly string[]; readonly modelIds: readonly string[] }> {
  const runs = await sql<{ run_id: string }>`select run_id from runs where workspace_key = ${tombKey} limit ${limit}`.execute(db);
  const models = await sql<{ id: string }>`select id from logged_models where workspace_key = ${tombKey} limit ${limit}`.execute(db);
  return { runIds: runs.rows.map((row) => row.run_id), modelIds: models.rows.map((row) => row.id) };
}

export async function deleteLoggedModels(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from logged_models where id = any(${ids})`.execute(tx);
}
