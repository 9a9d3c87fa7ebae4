// blob-block-store: the SQL of staged blocks, block lists and appends.

import { sql } from 'kysely';
import { type BlobRecord, type Expected, insertParts, type NewBlob, type Part, type Written, writeBlob } from './blob-store.ts';
import type { Sql, Tx } from './database.ts';

export interface StagedBlock {
  readonly blockId: string;
  readonly byteId: string;
  readonly sizeBytes: number;
  /** The customer-managed key that the bytes are sealed with. */
  readonly keyId?: string | undefined;
}

/** Stages a block; a block of the same id is replaced. */
export async function stageBlock(db: Sql, account: string, container: string, name: string, block: StagedBlock): Promise<'staged' | 'noContainer'> {
  const result = await sql`insert into blob_staged (container_id, name, block_id, byte_id, size_bytes, key_id)
    select id, ${name}, ${block.blockId}, ${block.byteId}::uuid, ${block.sizeBytes}::bigint, ${block.keyId ?? null}::uuid from blob_containers where account = ${account} and name = ${container} and deleted_at is null
    on conflict (container_id, name, block_id) do update set byte_id = excluded.byte_id, size_bytes = excluded.size_bytes, key_id = excluded.key_id, staged_at = now()`.execute(db);
  return Number(result.numAffectedRows ?? 0n) === 1 ? 'staged' : 'noContainer';
}

/** Staged blocks in order of their ids. */
export async function listStaged(db: Sql, containerId: string, name: string): Promise<readonly StagedBlock[]> {
  const rows = await db.selectFrom('blob_staged').select(['block_id', 'byte_id', 'size_bytes']).where('container_id', '=', containerId).where('name', '=', name).orderBy('block_id').execute();
  return rows.map((row) => ({ blockId: row.block_id, byteId: row.byte_id, sizeBytes: Number(row.size_bytes) }));
}

/** Some staged block of the name, to compare the length of ids with. */
export async function findStagedId(db: Sql, account: string, container: string, name: string): Promise<string | undefined> {
  const result = await sql<{ block_id: string }>`select s.block_id from blob_staged s join blob_containers c on c.id = s.container_id
    where c.account = ${account} and c.name = ${container} and c.deleted_at is null and s.name = ${name} limit 1`.execute(db);
  return result.rows[0]?.block_id;
}

export interface BlockReference {
  readonly blockId: string;
  readonly from: 'Committed' | 'Uncommitted' | 'Latest';
}

/** The staged blocks and, of a block blob, the committed ones, locked against other commits of the same name. */
export async function lockBlocks(tx: Tx, containerId: string, name: string, contentId: string | undefined): Promise<{ readonly staged: readonly StagedBlock[]; readonly committed: readonly Part[] }> {
  const staged = await sql<{
    block_id: string;
    byte_id: string;
    size_bytes: string;
    key_id: string | null;
  }>`select block_id, byte_id, size_bytes, key_id from blob_staged where container_id = ${containerId} and name = ${name} for update`.execute(tx);
  const committed =
    contentId === undefined
      ? { rows: [] }
      : await sql<{
          block_id: string;
          byte_id: string;
          size_bytes: string;
          key_id: string | null;
        }>`select block_id, byte_id, size_bytes, key_id from blob_parts where content_id = ${contentId}::uuid order by ordinal`.execute(tx);
  const part = (row: { block_id: string; byte_id: string; size_bytes: string; key_id: string | null }): Part => ({
    blockId: row.block_id,
    byteId: row.byte_id,
    sizeBytes: Number(row.size_bytes),
    isOpen: false,
    keyId: row.key_id ?? undefined,
  });
  return { staged: staged.rows.map(part), committed: committed.rows.map(part) };
}

/** Replaces the blob by these parts; the staged blocks of the name are dropped. Unless it answers a blob, roll back. */
export async function writeBlockList(tx: Tx, account: string, container: string, blob: NewBlob, contentId: string, parts: readonly Part[], expected: Expected): Promise<Written> {
  // Why: parts first. The triggers that note freed bytes must already see what the new content refers to.
  await insertParts(tx, contentId, parts);
  const written = await writeBlob(tx, account, container, blob, expected);
  if (typeof written === 'string' || parts.length === 0) return written;
  await tx.updateTable('blobs').set({ content_id: contentId }).where('container_id', '=', written.blob.containerId).where('name', '=', written.blob.name).execute();
  return { blob: { ...written.blob, contentId } };
}

export interface Append {
  readonly etag: string;
  readonly sizeBytes: number;
  /** The open part that grows; `ordinal` is one past the last part when it is new. */
  readonly contentId: string;
  readonly ordinal: number;
  readonly byteId: string;
  readonly leaseId?: string | undefined;
}

/** Acknowledges appended bytes, compare-and-set on the etag; undefined when somebody was faster. */
export async function commitAppend(db: Sql, blob: BlobRecord, append: Append): Promise<{ readonly sizeBytes: number; readonly blockCount: number; readonly modifiedAt: Date } | undefined> {
  const result = await sql<{ size_bytes: string; block_count: number; modified_at: Date }>`
    with b as (update blobs set size_bytes = size_bytes + ${append.sizeBytes}::bigint, etag = ${append.etag}, block_count = block_count + 1, content_md5 = null, content_id = ${append.contentId}::uuid, presented_lease = ${append.leaseId ?? null}, modified_at = now()
      where container_id = ${blob.containerId} and name = ${blob.name} and etag = ${blob.etag} returning size_bytes, block_count, modified_at),
    p as (insert into blob_parts (content_id, ordinal, block_id, byte_id, size_bytes, is_open)
      select ${append.contentId}::uuid, ${append.ordinal}::int, '', ${append.byteId}::uuid, ${append.sizeBytes}::bigint, true from b
      on conflict (content_id, ordinal) do update set size_bytes = blob_parts.size_bytes + excluded.size_bytes)
    select * from b`.execute(db);
  const row = result.rows[0];
  return row === undefined ? undefined : { sizeBytes: Number(row.size_bytes), blockCount: row.block_count, modifiedAt: row.modified_at };
}

export interface SealedAppend {
  readonly etag: string;
  readonly contentId: string;
  readonly ordinal: number;
  readonly byteId: string;
  readonly keyId: string;
  /** Bytes that are new. */
  readonly sizeBytes: number;
  /** Bytes of the part, with those that it takes over. */
  readonly partBytes: number;
  /** The part of this ordinal that it replaces. */
  readonly replaced: string | undefined;
  readonly leaseId?: string | undefined;
}

/** Acknowledges an append to sealed content: a new part, or one that takes the place of the last. Undefined when somebody was faster. */
export async function commitSealedAppend(db: Sql, blob: BlobRecord, append: SealedAppend): Promise<{ readonly sizeBytes: number; readonly blockCount: number; readonly modifiedAt: Date } | undefined> {
  const result = await sql<{ size_bytes: string; block_count: number; modified_at: Date }>`
    with b as (update blobs set size_bytes = size_bytes + ${append.sizeBytes}::bigint, etag = ${append.etag}, block_count = block_count + 1, content_md5 = null, content_id = ${append.contentId}::uuid, presented_lease = ${append.leaseId ?? null}, modified_at = now()
      where container_id = ${blob.containerId} and name = ${blob.name} and etag = ${blob.etag} returning size_bytes, block_count, modified_at),
    p as (insert into blob_parts (content_id, ordinal, block_id, byte_id, size_bytes, is_open, key_id)
      select ${append.contentId}::uuid, ${append.ordinal}::int, '', ${append.byteId}::uuid, ${append.partBytes}::bigint, true, ${append.keyId}::uuid from b
      on conflict (content_id, ordinal) do update set byte_id = excluded.byte_id, size_bytes = excluded.size_bytes, key_id = excluded.key_id),
    g as (insert into blob_garbage (byte_id) select ${append.replaced ?? null}::uuid from b
      where ${append.replaced !== undefined}::boolean and not exists (select from blob_parts o where o.byte_id = ${append.replaced ?? null}::uuid and o.content_id <> ${append.contentId}::uuid) on conflict do nothing)
    select * from b`.execute(db);
  const row = result.rows[0];
  return row === undefined ? undefined : { sizeBytes: Number(row.size_bytes), blockCount: row.block_count, modifiedAt: row.modified_at };
}
