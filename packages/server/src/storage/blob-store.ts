// blob-store: the SQL of blobs. A blob is one row; its bytes are in the row when small, otherwise in parts, named by
// a content id that changes with every replacement. Every write is compare-and-set on the etag, or says it does not care.

import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { type BlobLease, leaseFrom } from './blob-lease-store.ts';
import type { BlobsTable } from './tables/blobs.ts';

export interface BlobHeaders {
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
}

/** How a blob came to be a copy. */
export interface CopyRecord {
  readonly id: string;
  readonly source: string;
  readonly completedAt: string;
}

export interface BlobRecord {
  readonly containerId: string;
  readonly name: string;
  readonly kind: 'BlockBlob' | 'AppendBlob';
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: BlobHeaders;
  readonly contentMd5: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentId: string | undefined;
  readonly blockCount: number;
  readonly copy: CopyRecord | undefined;
  /** Undefined: there is none. */
  readonly lease: BlobLease | undefined;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface Part {
  readonly blockId: string;
  readonly byteId: string;
  readonly sizeBytes: number;
  readonly isOpen: boolean;
  /** The customer-managed key that the bytes are sealed with. */
  readonly keyId?: string | undefined;
}

export interface NewBlob {
  readonly name: string;
  readonly kind: 'BlockBlob' | 'AppendBlob';
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: BlobHeaders;
  readonly contentMd5: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the bytes are: in the row, or in one file. Neither: empty. */
  readonly inline?: Buffer;
  readonly file?: { readonly byteId: string; readonly contentId: string };
  /** The customer-managed key that the bytes are sealed with. */
  readonly keyId?: string | undefined;
  /** The lease that the writer holds. */
  readonly leaseId?: string | undefined;
}

/** What must be there for a write to happen. */
export type Expected = 'any' | 'absent' | { readonly etag: string };
export type Written = { readonly blob: BlobRecord } | 'noContainer' | 'conflict';

type Row = Omit<Selectable<BlobsTable>, 'inline_bytes' | 'inline_key_id' | 'presented_lease'>;

const COLUMNS = sql.raw('container_id, name, kind, size_bytes, etag, headers, content_md5, metadata, content_id, block_count, copy, lease, created_at, modified_at');

function fromRow(row: Row): BlobRecord {
  return {
    containerId: row.container_id,
    name: row.name,
    kind: row.kind,
    sizeBytes: Number(row.size_bytes),
    etag: row.etag,
    headers: headersFrom(row.headers),
    contentMd5: row.content_md5 ?? undefined,
    metadata: row.metadata,
    contentId: row.content_id ?? undefined,
    blockCount: row.block_count,
    copy: copyFrom(row.copy),
    lease: leaseFrom(row.lease, Date.now()),
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function headersFrom(json: JsonObject): BlobHeaders {
  const optional = (['contentEncoding', 'contentLanguage', 'contentDisposition', 'cacheControl'] as const).flatMap((name) => {
    const value = text(json[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { contentType: text(json['contentType']) ?? 'application/octet-stream', ...Object.fromEntries(optional) };
}

function copyFrom(json: JsonObject | null): CopyRecord | undefined {
  return json === null ? undefined : { id: text(json['id']) ?? '', source: text(json['source']) ?? '', completedAt: text(json['completedAt']) ?? '' };
}

function clashClause(expected: Expected, leaseId: string | undefined): RawBuilder<unknown> {
  if (expected === 'absent') return sql`do nothing`;
  const set = sql`do update set kind = excluded.kind, size_bytes = excluded.size_bytes, etag = excluded.etag, headers = excluded.headers,
    content_md5 = excluded.content_md5, metadata = excluded.metadata, inline_bytes = excluded.inline_bytes, inline_key_id = excluded.inline_key_id, content_id = excluded.content_id,
    block_count = 0, copy = null, presented_lease = ${leaseId ?? null}, created_at = now(), modified_at = now()`;
  return expected === 'any' ? set : sql`${set} where blobs.etag = ${expected.etag}`;
}

/** Replaces the blob at once or not at all, in one statement; staged blocks of that name are dropped. */
export async function writeBlob(db: Sql, account: string, container: string, blob: NewBlob, expected: Expected): Promise<Written> {
  const mustExist = typeof expected === 'object' ? sql`where exists (select from blobs e where e.container_id = c.id and e.name = ${blob.name} and e.etag = ${expected.etag})` : sql``;
  const isOpen = blob.kind === 'AppendBlob';
  const result = await sql<Row & { found: boolean }>`
    with c as (select id from blob_containers where account = ${account} and name = ${container} and deleted_at is null),
    b as (insert into blobs (container_id, name, kind, size_bytes, etag, headers, content_md5, metadata, inline_bytes, inline_key_id, content_id)
      select c.id, ${blob.name}, ${blob.kind}, ${blob.sizeBytes}::bigint, ${blob.etag}, ${JSON.stringify(blob.headers)}::jsonb, ${blob.contentMd5 ?? null}, ${JSON.stringify(blob.metadata)}::jsonb,
        ${blob.inline ?? null}::bytea, ${blob.inline === undefined ? null : (blob.keyId ?? null)}::uuid, ${blob.file?.contentId ?? null}::uuid from c ${mustExist}
      on conflict (container_id, name) ${clashClause(expected, blob.leaseId)} returning ${COLUMNS}),
    p as (insert into blob_parts (content_id, ordinal, block_id, byte_id, size_bytes, is_open, key_id)
      select b.content_id, 0, '', ${blob.file?.byteId ?? null}::uuid, b.size_bytes, ${isOpen}::boolean, ${blob.keyId ?? null}::uuid from b where b.content_id is not null),
    s as (delete from blob_staged where (container_id, name) in (select container_id, name from b))
    select exists (select from c) as found, b.* from (values (1)) one left join b on true`.execute(db);
  const row = result.rows[0];
  if (row === undefined || !row.found) return 'noContainer';
  return row.etag === null ? 'conflict' : { blob: fromRow(row) };
}

export interface FoundBlob {
  readonly blob: BlobRecord;
  readonly inline: Buffer | undefined;
  /** The customer-managed key that the inline bytes are sealed with. */
  readonly inlineKeyId: string | undefined;
  readonly parts: readonly Part[];
}

type PartTuple = readonly [blockId: string, byteId: string, sizeBytes: number, isOpen: boolean, keyId: string | null];

/** The blob; where `withBytes` asks, with the bytes in its row or the parts they lie in, all of one instant. */
export async function findBlob(db: Sql, account: string, container: string, name: string, withBytes: boolean): Promise<FoundBlob | 'noContainer' | undefined> {
  const bytes = withBytes
    ? sql`(select inline_bytes from blobs where container_id = c.id and name = ${name}) as inline_bytes,
        (select inline_key_id from blobs where container_id = c.id and name = ${name}) as inline_key_id,
        (select json_agg(json_build_array(block_id, byte_id, size_bytes, is_open, key_id) order by ordinal) from blob_parts p where p.content_id = b.content_id) as parts`
    : sql`null::bytea as inline_bytes, null::uuid as inline_key_id, null::json as parts`;
  const result = await sql<Row & { inline_bytes: Buffer | null; inline_key_id: string | null; parts: readonly PartTuple[] | null }>`
    select b.*, ${bytes} from blob_containers c
    left join lateral (select ${COLUMNS} from blobs where container_id = c.id and name = ${name}) b on true
    where c.account = ${account} and c.name = ${container} and c.deleted_at is null`.execute(db);
  const row = result.rows[0];
  if (row === undefined) return 'noContainer';
  if (row.etag === null) return undefined;
  return {
    blob: fromRow(row),
    inline: row.inline_bytes ?? undefined,
    inlineKeyId: row.inline_key_id ?? undefined,
    parts: (row.parts ?? []).map(([blockId, byteId, sizeBytes, isOpen, keyId]) => ({ blockId, byteId, sizeBytes, isOpen, keyId: keyId ?? undefined })),
  };
}

export async function listParts(db: Sql, contentId: string): Promise<readonly Part[]> {
  const rows = await db.selectFrom('blob_parts').select(['block_id', 'byte_id', 'size_bytes', 'is_open', 'key_id']).where('content_id', '=', contentId).orderBy('ordinal').execute();
  return rows.map((row) => ({ blockId: row.block_id, byteId: row.byte_id, sizeBytes: Number(row.size_bytes), isOpen: row.is_open, keyId: row.key_id ?? undefined }));
}

/** Blobs of the container from name `from` on (inclusive), under the prefix, in byte order of their names. */
export async function listBlobRows(db: Sql, containerId: string, options: { readonly prefix: string; readonly from: string; readonly limit: number }): Promise<readonly BlobRecord[]> {
  const result = await sql<Row>`select ${COLUMNS} from blobs where container_id = ${containerId} and name >= ${options.from} and name >= ${options.prefix}
    ${options.prefix === '' ? sql`` : sql`and name < ${`${options.prefix}\u{10FFFF}`}`} order by name limit ${options.limit}`.execute(db);
  return result.rows.map(fromRow);
}

export interface BlobChange {
  readonly etag: string;
  readonly headers?: BlobHeaders;
  /** null: unknown from now on. */
  readonly contentMd5?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly leaseId?: string | undefined;
}

/** Compare-and-set of properties or metadata; undefined when somebody was faster. */
export async function updateBlob(db: Sql, blob: BlobRecord, change: BlobChange): Promise<BlobRecord | undefined> {
  const row = await db
    .updateTable('blobs')
    .set({
      etag: change.etag,
      presented_lease: change.leaseId ?? null,
      modified_at: sql<Date>`now()`,
      ...(change.headers === undefined ? {} : { headers: JSON.stringify(change.headers) }),
      ...(change.contentMd5 === undefined ? {} : { content_md5: change.contentMd5 }),
      ...(change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) }),
    })
    .where('container_id', '=', blob.containerId)
    .where('name', '=', blob.name)
    .where('etag', '=', blob.etag)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** False when it is gone, or changed since `expectedEtag`. */
export async function deleteBlobRow(db: Tx, containerId: string, name: string, expectedEtag: string, leaseId?: string): Promise<boolean> {
  if (leaseId !== undefined) await db.updateTable('blobs').set({ presented_lease: leaseId }).where('container_id', '=', containerId).where('name', '=', name).execute();
  const result = await db.deleteFrom('blobs').where('container_id', '=', containerId).where('name', '=', name).where('etag', '=', expectedEtag).executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** Deletes up to `limit` blobs under the prefix; how many. `breaksLeases`: those that are leased as well. */
export async function deletePrefixBatch(tx: Tx, containerId: string, prefix: string, limit: number, breaksLeases = false): Promise<number> {
  const upper = prefix === '' ? sql`` : sql`and name < ${`${prefix}\u{10FFFF}`}`;
  if (breaksLeases) await sql`update blobs set lease = null where container_id = ${containerId} and name >= ${prefix} ${upper} and lease is not null`.execute(tx);
  const result = await sql`delete from blobs where (container_id, name) in
    (select container_id, name from blobs where container_id = ${containerId} and name >= ${prefix} ${upper} order by name limit ${limit} for update)`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}

/** Makes the blob a copy of the source without moving a byte: the parts are shared. Unless it answers a blob, roll back. */
export async function copyBlobRow(
  tx: Tx,
  source: BlobRecord,
  account: string,
  container: string,
  target: NewBlob & { readonly copy: CopyRecord; readonly contentId: string },
  expected: Expected,
): Promise<Written> {
  // Why: the share lock keeps the source's bytes referenced until the copy refers to them too.
  const held = await sql<{
    inline_bytes: Buffer | null;
    inline_key_id: string | null;
  }>`select inline_bytes, inline_key_id from blobs where container_id = ${source.containerId} and name = ${source.name} and etag = ${source.etag} for share`.execute(tx);
  const first = held.rows[0];
  if (first === undefined) return 'conflict';
  const parts = source.contentId === undefined ? [] : await listParts(tx, source.contentId);
  // Why: parts first, so that a copy onto itself never looks like bytes without a reference.
  if (parts.length > 0)
    await insertParts(
      tx,
      target.contentId,
      parts.map((part) => ({ ...part, isOpen: false })),
    );
  const written = await writeBlob(tx, account, container, first.inline_bytes === null ? target : { ...target, inline: first.inline_bytes, keyId: first.inline_key_id ?? undefined }, expected);
  if (typeof written === 'string') return written;
  const row = await tx
    .updateTable('blobs')
    .set({ copy: JSON.stringify(target.copy), content_id: parts.length > 0 ? target.contentId : null, block_count: source.blockCount })
    .where('container_id', '=', written.blob.containerId)
    .where('name', '=', written.blob.name)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { blob: fromRow(row) };
}

/** Writes a blob that is a copy with bytes of its own. Unless it answers a blob, roll back. */
export async function writeCopyRow(tx: Tx, account: string, container: string, blob: NewBlob & { readonly copy: CopyRecord }, blockCount: number, expected: Expected): Promise<Written> {
  const written = await writeBlob(tx, account, container, blob, expected);
  if (typeof written === 'string') return written;
  const row = await tx
    .updateTable('blobs')
    .set({ copy: JSON.stringify(blob.copy), block_count: blockCount })
    .where('container_id', '=', written.blob.containerId)
    .where('name', '=', written.blob.name)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { blob: fromRow(row) };
}

export async function insertParts(tx: Tx, contentId: string, parts: readonly Part[]): Promise<void> {
  await sql`insert into blob_parts (content_id, ordinal, block_id, byte_id, size_bytes, is_open, key_id)
    select ${contentId}::uuid, (p.n - 1)::int, p.block_id, p.byte_id, p.size_bytes, p.is_open, p.key_id
    from unnest(${parts.map((part) => part.blockId)}::text[], ${parts.map((part) => part.byteId)}::uuid[], ${parts.map((part) => part.sizeBytes)}::bigint[], ${parts.map((part) => part.isOpen)}::boolean[], ${parts.map((part) => part.keyId ?? null)}::uuid[])
      with ordinality as p (block_id, byte_id, size_bytes, is_open, key_id, n)`.execute(tx);
}
