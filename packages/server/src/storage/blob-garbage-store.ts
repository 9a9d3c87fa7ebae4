// blob-garbage-store: bytes that nothing refers to any more. Rows come from the triggers of migration 0004 (the outbox
// of deletes) and leave when the file is gone; the reference check makes a stale row harmless.

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { enqueueWork } from './work-store.ts';

/** Why: the walk over all files does not compete with the first requests after a start. */
const SWEEP_DELAY_MS = 60_000;

/** Up to `limit` byte ids that may be removed now; ids that are referred to again are forgotten on the way. */
export async function listGarbage(db: Sql, limit: number, after: string): Promise<readonly string[]> {
  await sql`delete from blob_garbage g where exists (select from blob_parts p where p.byte_id = g.byte_id) or exists (select from blob_staged s where s.byte_id = g.byte_id)
    or exists (select from file_pieces f where f.id = g.byte_id)`.execute(db);
  const result = await sql<{ byte_id: string }>`select byte_id from blob_garbage where byte_id > ${after}::uuid order by byte_id limit ${limit}`.execute(db);
  return result.rows.map((row) => row.byte_id);
}

export async function forgetGarbage(db: Sql, byteIds: readonly string[]): Promise<void> {
  await sql`delete from blob_garbage where byte_id = any(${byteIds}::uuid[])`.execute(db);
}

/** Those of the ids that no blob, staged block, file or garbage row knows. */
export async function findUnknownBytes(db: Sql, byteIds: readonly string[]): Promise<readonly string[]> {
  const result = await sql<{ id: string }>`select c.id::text as id from unnest(${byteIds}::uuid[]) as c (id)
    where not exists (select from blob_parts p where p.byte_id = c.id)
      and not exists (select from blob_staged s where s.byte_id = c.id)
      and not exists (select from file_pieces f where f.id = c.id)
      and not exists (select from blob_garbage g where g.byte_id = c.id)`.execute(db);
  return result.rows.map((row) => row.id);
}

/** Drops blocks that were staged and never committed. Azure: after a week. */
export async function dropStagedBefore(db: Sql, before: Date): Promise<void> {
  await db.deleteFrom('blob_staged').where('staged_at', '<', before).execute();
}

/** Makes sure that the sweep of orphaned files is in the queue. Idempotent. */
export async function scheduleSweep(tx: Tx): Promise<void> {
  await enqueueWork(tx, { kind: 'blobs.sweep', payload: {}, correlationId: 'blobs.sweep', dedupeKey: 'all', delayMs: SWEEP_DELAY_MS });
}
