// run-data-store: params and tags of runs. A batch of either is one statement.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface ParamConflict {
  readonly key: string;
  readonly stored: string;
  readonly offered: string;
}

/**
 * Adds params; one that is there with the same value stays. Returns those that are there with another value, in which
 * case the caller must roll back. Keys must be distinct.
 */
export async function insertParams(tx: Tx, runNo: string, params: readonly KeyValue[]): Promise<readonly ParamConflict[]> {
  if (params.length === 0) return [];
  // Why: `do update` takes the newest committed row where a plain select would miss a concurrent writer; the condition
  // keeps repeats from writing anything.
  const rows = await sql<KeyValue>`
    insert into run_params as stored (run_no, key, value)
    select ${runNo}::bigint, p.key, p.value from unnest(${params.map((p) => p.key)}::text[], ${params.map((p) => p.value)}::text[]) as p (key, value)
    order by p.key collate "C"
    on conflict (run_no, key) do update set value = stored.value where stored.value <> excluded.value
    returning key, value`.execute(tx);
  const offered = new Map(params.map((param) => [param.key, param.value]));
  return rows.rows.filter((row) => offered.get(row.key) !== row.value).map((row) => ({ key: row.key, stored: row.value, offered: offered.get(row.key) ?? '' }));
}

/** Sets tags, replacing older values. Keys must be distinct. */
export async function upsertTags(tx: Tx, runNo: string, tags: readonly KeyValue[]): Promise<void> {
  if (tags.length === 0) return;
  await sql`
    insert into run_tags as stored (run_no, key, value)
    select ${runNo}::bigint, t.key, t.value from unnest(${tags.map((t) => t.key)}::text[], ${tags.map((t) => t.value)}::text[]) as t (key, value)
    order by t.key collate "C"
    on conflict (run_no, key) do update set value = excluded.value where stored.value <> excluded.value`.execute(tx);
}

/** True when there was one. */
export async function deleteTag(tx: Tx, runNo: string, key: string): Promise<boolean> {
  const result = await sql`delete from run_tags where run_no = ${runNo} and key = ${key}`.execute(tx);
  return result.numAffectedRows === 1n;
}

/** The tag's value, its row locked until the end of the transaction. */
export async function lockTag(tx: Tx, runNo: string, key: string): Promise<string | undefined> {
  const rows = await sql<KeyValue>`select key, value from run_tags where run_no = ${runNo} and key = ${key} for update`.execute(tx);
  return rows.rows[0]?.value;
}

export async function listParams(db: Sql, runNo: string): Promise<readonly KeyValue[]> {
  return (await listParamsOf(db, [runNo])).get(runNo) ?? [];
}

/** Tags as they were set, without those MLflow derives from the run (name, parent). */
export async function listTags(db: Sql, runNo: string): Promise<readonly KeyValue[]> {
  return (await listTagsOf(db, [runNo])).get(runNo) ?? [];
}

export async function listParamsOf(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly KeyValue[]>> {
  const rows = await sql<KeyValue & { run_no: string }>`select run_no, key, value from run_params where run_no = any(${runNos}::bigint[]) order by run_no, key`.execute(db);
  return groupByRun(rows.rows);
}

export async function listTagsOf(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly KeyValue[]>> {
  const rows = await sql<KeyValue & { run_no: string }>`select run_no, key, value from run_tags where run_no = any(${runNos}::bigint[]) order by run_no, key`.execute(db);
  return groupByRun(rows.rows);
}

function groupByRun(rows: readonly (KeyValue & { run_no: string })[]): ReadonlyMap<string, readonly KeyValue[]> {
  const byRun = new Map<string, KeyValue[]>();
  for (const row of rows) {
    const list = byRun.get(row.run_no) ?? [];
    list.push({ key: row.key, value: row.value });
    byRun.set(row.run_no, list);
  }
  return byRun;
}
