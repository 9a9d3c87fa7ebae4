// model-mark-store: what only the MLflow view of a model asset has: aliases, stages.
// Source: contracts/mlflow.md §7, §15.3.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface ModelMarks {
  /** Alias to version, by model name. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Version to stage, by model name; a version without entry is in stage None. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, ModelStage>>;
}

export interface ModelStage {
  readonly stage: string;
  readonly updatedAt: Date;
}

/** The marks of these models, or of all of the workspace. */
export async function listModelMarks(db: Sql, workspaceKey: string, names?: readonly string[]): Promise<ModelMarks> {
  const ofNames = names === undefined ? sql`true` : sql`model_name = any(${names}::text[])`;
  const aliasRows = await sql<{ model_name: string; alias: string; version: string }>`
    select model_name, alias, version from model_aliases where workspace_key = ${workspaceKey} and ${ofNames} order by alias`.execute(db);
  const stageRows = await sql<{ model_name: string; version: string; stage: string; updated_at: Date }>`
    select model_name, version, stage, updated_at from model_stages where workspace_key = ${workspaceKey} and ${ofNames}`.execute(db);
  const aliases = new Map<string, Map<string, string>>();
  for (const row of aliasRows.rows) aliases.set(row.model_name, (aliases.get(row.model_name) ?? new Map<string, string>()).set(row.alias, row.version));
  const stages = new Map<string, Map<string, ModelStage>>();
  for (const row of stageRows.rows) {
    stages.set(row.model_name, (stages.get(row.model_name) ?? new Map<string, ModelStage>()).set(row.version, { stage: row.stage, updatedAt: row.updated_at }));
  }
  return { aliases, stages };
}

/** Sets an alias, taking it from another version if need be. */
export async function setModelAlias(tx: Tx, workspaceKey: string, name: string, alias: string, version: string): Promise<void> {
  await sql`
    insert into model_aliases (workspace_key, model_name, alias, version) values (${workspaceKey}, ${name}, ${alias}, ${version})
    on conflict (workspace_key, model_name, alias) do update set version = excluded.version`.execute(tx);
}

export async function deleteModelAlias(tx: Tx, workspaceKey: string, name: string, alias: string): Promise<void> {
  await sql`delete from model_aliases where workspace_key = ${workspaceKey} and model_name = ${name} and alias = ${alias}`.execute(tx);
}

export async function setModelStage(tx: Tx, workspaceKey: string, name: string, version: string, stage: string): Promise<void> {
  await sql`
    insert into model_stages (workspace_key, model_name, version, stage) values (${workspaceKey}, ${name}, ${version}, ${stage})
    on conflict (workspace_key, model_name, version) do update set stage = excluded.stage, updated_at = now()`.execute(tx);
}

/** Removes the marks of one version, or of the whole model. */
export async function deleteModelMarks(tx: Tx, workspaceKey: string, name: string, version?: string): Promise<void> {
  const ofVersion = version === undefined ? sql`true` : sql`version = ${version}`;
  for (const table of ['model_aliases', 'model_stages'] as const) {
    await sql`delete from ${sql.table(table)} where workspace_key = ${workspaceKey} and model_name = ${name} and ${ofVersion}`.execute(tx);
  }
}
