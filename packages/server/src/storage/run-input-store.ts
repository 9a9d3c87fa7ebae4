// run-input-store: datasets a run read, and the logged models it read or made.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { hideRows } from './hidden/marks.ts';

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
  const hide = hideRows('dataset', workspaceKey, inputs, DATASET_COLUMNS);
  const links = hideRows('link', workspaceKey, inputs, { tags: (input) => JSON.stringify(input.tags) });
  await sql`
    insert into datasets (workspace_key, name, digest, source_type, source, schema, profile, sealed_content)
    select ${workspaceKey}::text, i.* from unnest(${hide.list('name')}::text[], ${hide.list('digest')}::text[], ${hide.list('source_type')}::text[],
      ${hide.list('source')}::text[], ${hide.list('schema')}::text[], ${hide.list('profile')}::text[], ${hide.sealed}::bytea[])
      as i (name, digest, source_type, source, schema, profile, sealed_content)
    order by i.name, i.digest
    on conflict (workspace_key, name, digest) do nothing`.execute(tx);
  await sql`
    insert into run_datasets (run_no, dataset_id, tags, sealed_link)
    select ${runNo}::bigint, d.id, i.tags::jsonb, i.sealed_link
    from unnest(${hide.list('name')}::text[], ${hide.list('digest')}::text[], ${links.list('tags')}::text[], ${links.sealed}::bytea[]) as i (name, digest, tags, sealed_link)
    join datasets d on d.workspace_key = ${workspaceKey} and d.name = i.name and d.digest = i.digest
    on conflict do nothing`.execute(tx);
}

const DATASET_COLUMNS = {
  name: (input: DatasetInput) => input.name,
  digest: (input: DatasetInput) => input.digest,
  source_type: (input: DatasetInput) => input.sourceType,
  source: (input: DatasetInput) => input.source,
  schema: (input: DatasetInput) => input.schema,
  profile: (input: DatasetInput) => input.profile,
};

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
    select rd.run_no, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, rd.tags, d.sealed_content, rd.sealed_link
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
  const { rows } = await sql<{ experiment_id: string; name: string; digest: string; tags: Readonly<Record<string, string>> }>`
    select distinct on (r.experiment_id, d.name, d.digest, rd.tags->>'mlflow.data.context') r.experiment_id, d.name, d.digest, rd.tags, d.sealed_content, rd.sealed_link
    from run_datasets rd join datasets d on d.id = rd.dataset_id join runs r on r.id = rd.run_no
    where r.workspace_key = ${workspaceKey} and r.experiment_id = any(${experimentIds}::text[]) and r.lifecycle = 'active'
    order by r.experiment_id, d.name, d.digest, rd.tags->>'mlflow.data.context' limit ${limit}`.execute(db);
  return rows.map((row) => ({ experimentId: row.experiment_id, name: row.name, digest: row.digest, context: row.tags['mlflow.data.context'] ?? null }));
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
