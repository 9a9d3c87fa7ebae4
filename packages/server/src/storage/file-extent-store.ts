// file-extent-store: the SQL of what files hold. Extents of a file never overlap; holes are what lies between them. The
// function file_hole and the triggers of migration 0040 cut extents and free pieces.

import { type RawBuilder, sql } from 'kysely';
import type { Sql, Tx } from './database.ts';

export interface Piece {
  readonly id: string;
  readonly sizeBytes: number;
  /** Small pieces lie in their row. */
  readonly inline: Buffer | undefined;
  /** The customer-managed key that the bytes are sealed with. */
  readonly keyId: string | undefined;
}

export interface Extent {
  readonly startAt: number;
  /** One past the last byte. */
  readonly endAt: number;
  readonly piece: Piece;
  /** Where in the piece the extent begins. */
  readonly pieceOffset: number;
}

/** Puts a new piece into the file, over what was there. The caller holds the file. */
export async function writeExtent(tx: Tx, fileId: string, startAt: number, piece: Piece): Promise<void> {
  const endAt = startAt + piece.sizeBytes;
  await punchHole(tx, fileId, startAt, endAt);
  await sql`with p as (insert into file_pieces (id, size_bytes, inline_bytes, key_id)
      values (${piece.id}::uuid, ${piece.sizeBytes}::bigint, ${piece.inline ?? null}::bytea, ${piece.keyId ?? null}::uuid) returning id)
    insert into file_extents (file_id, start_at, end_at, piece_id, piece_offset) select ${fileId}::bigint, ${startAt}::bigint, ${endAt}::bigint, id, 0 from p`.execute(tx);
}

/** The bytes from `first` up to (not including) `past` become a hole. The caller holds the file. */
export async function punchHole(tx: Tx, fileId: string, first: number, past: number): Promise<void> {
  if (past > first) await sql`select file_hole(${fileId}::bigint, ${first}::bigint, ${past}::bigint)`.execute(tx);
}

/** Gives the target, which has none, the extents of the source. The caller holds both. */
export async function shareExtents(tx: Tx, sourceId: string, targetId: string): Promise<void> {
  await sql`insert into file_extents (file_id, start_at, end_at, piece_id, piece_offset)
    select ${targetId}::bigint, start_at, end_at, piece_id, piece_offset from file_extents where file_id = ${sourceId}`.execute(tx);
}

/** Whether all pieces of the file are sealed with this key (undefined: with none). */
export async function isSealedAlike(db: Sql, fileId: string, keyId: string | undefined): Promise<boolean> {
  const { rows } = await sql<{ other: boolean }>`select exists (select from file_extents e join file_pieces p on p.id = e.piece_id
    where e.file_id = ${fileId} and p.key_id is distinct from ${keyId ?? null}::uuid) as other`.execute(db);
  return rows[0]?.other !== true;
}

/** Extents `x` of the file that touch [first, past). Why the maximum: extents do not overlap, so no earlier one reaches `first`, and none is looked at. */
function touching(fileId: string, first: number, past: number): RawBuilder<boolean> {
  return sql<boolean>`x.file_id = ${fileId}::bigint and x.start_at < ${past}::bigint and x.end_at > ${first}::bigint
    and x.start_at >= coalesce((select max(y.start_at) from file_extents y where y.file_id = ${fileId}::bigint and y.start_at <= ${first}::bigint), ${first}::bigint)`;
}

interface Row {
  readonly start_at: string;
  readonly end_at: string;
  readonly piece_offset: string;
  readonly id: string;
  readonly size_bytes: string;
  readonly inline_bytes: Buffer | null;
  readonly key_id: string | null;
}

function fromRow(row: Row): Extent {
  return {
    startAt: Number(row.start_at),
    endAt: Number(row.end_at),
    pieceOffset: Number(row.piece_offset),
    piece: { id: row.id, sizeBytes: Number(row.size_bytes), inline: row.inline_bytes ?? undefined, keyId: row.key_id ?? undefined },
  };
}

/** The etag of the file and its extents that touch [first, past), in order, all of one instant. Undefined when it is gone. */
export async function readExtents(db: Sql, fileId: string, first: number, past: number): Promise<{ readonly etag: string; readonly extents: readonly Extent[] } | undefined> {
  const { rows } = await sql<{ [K in keyof Row]: Row[K] | null } & { etag: string }>`
    select f.etag, x.start_at, x.end_at, x.piece_offset, p.id, p.size_bytes, p.inline_bytes, p.key_id from file_entries f
    left join file_extents x on ${touching(fileId, first, past)}
    left join file_pieces p on p.id = x.piece_id where f.id = ${fileId} order by x.start_at`.execute(db);
  const [head] = rows;
  if (head === undefined) return undefined;
  const extents = rows.flatMap(({ start_at, end_at, piece_offset, id, size_bytes, inline_bytes, key_id }) =>
    start_at === null || end_at === null || piece_offset === null || id === null || size_bytes === null ? [] : [fromRow({ start_at, end_at, piece_offset, id, size_bytes, inline_bytes, key_id })],
  );
  return { etag: head.etag, extents };
}

export interface ByteSpan {
  readonly startAt: number;
  readonly endAt: number;
}

/** The parts of [first, past) that are not holes, neighbours joined, from `first` on. */
export async function listSpans(db: Sql, fileId: string, first: number, past: number, limit: number): Promise<readonly ByteSpan[]> {
  const { rows } = await sql<{ start_at: string; end_at: string }>`
    with x as (select start_at, end_at, start_at is distinct from lag(end_at) over (order by start_at) as is_first
      from file_extents x where ${touching(fileId, first, past)}),
    g as (select start_at, end_at, count(*) filter (where is_first) over (order by start_at) as span from x)
    select min(start_at) as start_at, max(end_at) as end_at from g group by span order by 1 limit ${limit}`.execute(db);
  return rows.map((row) => ({ startAt: Math.max(Number(row.start_at), first), endAt: Math.min(Number(row.end_at), past) }));
}

/** How many extents touch [first, past), counted up to `limit`. */
export async function countExtents(db: Sql, fileId: string, first: number, past: number, limit: number): Promise<number> {
  const { rows } = await sql`select 1 from file_extents x where ${touching(fileId, first, past)} limit ${limit}`.execute(db);
  return rows.length;
}

/** Extents from `from` on, in order, without the bytes in rows. */
export async function listExtents(db: Sql, fileId: string, from: number, limit: number): Promise<readonly Extent[]> {
  const { rows } = await sql<Omit<Row, 'inline_bytes'>>`select x.start_at, x.end_at, x.piece_offset, p.id, p.size_bytes, p.key_id from file_extents x join file_pieces p on p.id = x.piece_id
    where x.file_id = ${fileId} and x.start_at >= ${from} order by x.start_at limit ${limit}`.execute(db);
  return rows.map((row) => fromRow({ ...row, inline_bytes: null }));
}
