// run-input-store: datasets a run read, and the logged models it read or made.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Links datasets to a run. A dataset is known by name and digest in its workspace and keeps its first content; a link
 * that is there stays as it is. Pairs of name and digest must be distinct.
 */
export async function insertRunDatasets(tx: Tx, workspaceKey: string, runNo: string, inputs: readonly DatasetInput[]): Promise<void> {
  if (inputs.length === 0) return;
  const names = inputs.map((input) => input.name);
  const digests = inputs.map((input) => input.digest);
  await sql`
    insert into datasets (workspace_key, name, digest, source_type, source, schema, profile)
    select ${workspaceKey}::text, i.* from unnest(${names}::text[], ${digests}::text[], ${inputs.map((i) => i.sourceType)}::text[],
      ${inputs.map((i) => i.source)}::text[], ${inputs.map((i) => i.schema)}::text[], ${inputs.map((i) => i.profile)}::text[])
      as i (name, digest, source_type, source, schema, profile)
    order by i.name, i.digest
    on conflict (workspace_key, name, digest) do nothing`.execute(tx);
  await sql`
    insert into run_datasets (run_no, dataset_id, tags)
    select ${runNo}::bigint, d.id, i.tags::jsonb from unnest(${names}::text[], ${digests}::text[], ${inputs.map((i) => JSON.stringify(i.tags))}::text[]) as i (name, digest, tags)
    join datasets d on d.workspace_key = ${workspaceKey} and d.name = i.name and d.digest = i.digest
    on conflict do nothing`.execute(tx);
}

interface DatasetRow {
  readonly run_no: string;
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export async function listDatasetsOf(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly DatasetInput[]>> {
  const rows = await sql<DatasetRow>`
    select rd.run_no, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, rd.tags
    from run_datasets rd join datasets d on d.id = rd.dataset_id where rd.run_no = any(${runNos}::bigint[]) order by rd.run_no, d.id`.execute(db);
  const byRun = new Map<string, DatasetInput[]>();
  for (const row of rows.rows) {
    const list = byRun.get(row.run_no) ?? [];
    list.push({ name: row.name, digest: row.digest, sourceType: row.source_type, source: row.source, schema: row.schema, profile: row.profile, tags: row.tags });
    byRun.set(row.run_no, list);
  }
  return byRun;
}

export interface DatasetSummary {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | null;
}

export async function listDatasetSummaries(db: Sql, workspaceKey: string, experimentIds: readonly string[], limit: number): Promise<readonly DatasetSummary[]> {
  const rows = await sql<{ experiment_id: string; name: string; digest: string; context: string | null }>`
    select distinct r.experiment_id, d.name, d.digest, rd.tags->>'mlflow.data.context' as context
    from run_datasets rd join datasets d on d.id = rd.dataset_id join runs r on r.id = rd.run_no
    where r.workspace_key = ${workspaceKey} and r.experiment_id = any(${experimentIds}::text[]) and r.lifecycle = 'active'
    order by 1, 2, 3 limit ${limit}`.execute(db);
  return rows.rows.map((row) => ({ experimentId: row.experiment_id, name: row.name, digest: row.digest, context: row.context }));
}

export interface RunModel {
  readonly role: 'input' | 'output';
  readonly modelId: string;
  readonly step: number;
}

/** Links logged models to a run; repeats change nothing but the step. Ids must be distinct. */
export async function upsertRunModels(tx: Tx, runNo: string, role: RunModel['role'], models: readonly { readonly modelId: string; readonly step: number }[]): Promise<void> {
  if (models.length === 0) return;
  await sql`
    insert into run_models (run_no, role, model_id, step)
    select ${runNo}::bigint, ${role}::text, m.model_id, m.step from unnest(${models.map((m) => m.modelId)}::text[], ${models.map((m) => m.step)}::bigint[]) as m (model_id, step)
    on conflict (run_no, role, model_id) do update set step = excluded.step`.execute(tx);
}

export async function listModelsOf(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly RunModel[]>> {
  const rows = await sql<{ run_no: string; role: RunModel['role']; model_id: string; step: string }>`
    select run_no, role, model_id, step from run_models where run_no = any(${runNos}::bigint[]) order by run_no, step, model_id`.execute(db);
  const byRun = new Map<string, RunModel[]>();
  for (const row of rows.rows) {
    const list = byRun.get(row.run_no) ?? [];
    list.push({ role: row.role, modelId: row.model_id, step: Number(row.step) });
    byRun.set(row.run_no, list);
  }
  return byRun;
}
