// run-data-store: params and tags of runs. A batch of either is one statement.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { type HiddenRowsMarks, hideRows, lookUp } from './hidden/marks.ts';

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface ParamConflict {
  readonly key: string;
  readonly stored: string;
  readonly offered: string;
}

/** The run that params and tags are of: its surrogate key, and its workspace. */
export interface PairsOf {
  readonly id: string;
  readonly workspaceKey: string;
}

/**
 * Adds params; one that is there with the same value stays. Returns those that are there with another value, in which
 * case the caller must roll back. Keys must be distinct.
 */
export async function insertParams(tx: Tx, run: PairsOf, params: readonly KeyValue[]): Promise<readonly ParamConflict[]> {
  if (params.length === 0) return [];
  const hide = hidePairs('param', run, params);
  // Why: `do update` takes the newest committed row where a plain select would miss a concurrent writer; the condition
  // keeps repeats from writing anything.
  const rows = await sql<KeyValue>`
    insert into run_params as stored (run_no, key, value, sealed_pair)
    select ${run.id}::bigint, p.key, p.value, p.sealed from unnest(${hide.list('key')}::text[], ${hide.list('value')}::text[], ${hide.sealed}::bytea[]) as p (key, value, sealed)
    order by p.key collate "C"
    on conflict (run_no, key) do update set value = stored.value where stored.value <> excluded.value
    returning key, value, sealed_pair`.execute(tx);
  const offered = new Map(params.map((param) => [param.key, param.value]));
  return rows.rows.filter((row) => offered.get(row.key) !== row.value).map((row) => ({ key: row.key, stored: row.value, offered: offered.get(row.key) ?? '' }));
}

/** Sets tags, replacing older values. Keys must be distinct. */
export async function upsertTags(tx: Tx, run: PairsOf, tags: readonly KeyValue[]): Promise<void> {
  if (tags.length === 0) return;
  const hide = hidePairs('tag', run, tags);
  await sql`
    insert into run_tags as stored (run_no, key, value, sealed_pair)
    select ${run.id}::bigint, t.key, t.value, t.sealed from unnest(${hide.list('key')}::text[], ${hide.list('value')}::text[], ${hide.sealed}::bytea[]) as t (key, value, sealed)
    order by t.key collate "C"
    on conflict (run_no, key) do update set value = excluded.value, sealed_pair = excluded.sealed_pair where stored.value <> excluded.value`.execute(tx);
}

function hidePairs(kind: 'param' | 'tag', run: PairsOf, pairs: readonly KeyValue[]): HiddenRowsMarks {
  return hideRows(kind, run.workspaceKey, pairs, { key: (pair) => pair.key, value: (pair) => pair.value }, { bind: run.id });
}

/** True when there was one. */
export async function deleteTag(tx: Tx, run: PairsOf, key: string): Promise<boolean> {
  const result = await sql`delete from run_tags where run_no = ${run.id} and key = ${lookUp('tag', run.workspaceKey, key)}`.execute(tx);
  return result.numAffectedRows === 1n;
}

/** The tag's value, its row locked until the end of the transaction. */
export async function lockTag(tx: Tx, run: PairsOf, key: string): Promise<string | undefined> {
  const rows = await sql<KeyValue>`select key, value, sealed_pair from run_tags where run_no = ${run.id} and key = ${lookUp('tag', run.workspaceKey, key)} for update`.execute(tx);
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
  const rows = await sql<PairRow>`select run_no, key, value, sealed_pair from run_params where run_no = any(${runNos}::bigint[]) order by run_no, key`.execute(db);
  return groupByRun(rows.rows);
}

export async function listTagsOf(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly KeyValue[]>> {
  const rows = await sql<PairRow>`select run_no, key, value, sealed_pair from run_tags where run_no = any(${runNos}::bigint[]) order by run_no, key`.execute(db);
  return groupByRun(rows.rows);
}

interface PairRow extends KeyValue {
  readonly run_no: string;
  readonly sealed_pair: Buffer | null;
}

function groupByRun(rows: readonly PairRow[]): ReadonlyMap<string, readonly KeyValue[]> {
  const byRun = new Map<string, KeyValue[]>();
  for (const row of inOrder(rows)) {
    const list = byRun.get(row.run_no) ?? [];
    list.push({ key: row.key, value: row.value });
    byRun.set(row.run_no, list);
  }
  return byRun;
}

/** By key also where the database saw tokens only. */
function inOrder(rows: readonly PairRow[]): readonly PairRow[] {
  return rows.some((row) => row.sealed_pair !== null) ? rows.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))) : rows;
}
