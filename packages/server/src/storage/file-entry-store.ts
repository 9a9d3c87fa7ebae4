// file-entry-store: the SQL of directories and files. A path is walked from the root of its share, name by name; names are
// compared in lower case. Content is in file-extent-store.

import { type Selectable, sql } from 'kysely';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import type { FileEntriesTable } from './tables/files.ts';

export interface FileHeaders {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
}

/** Times as the protocol writes them: ISO 8601 in UTC, seven digits of the second. */
export interface SmbProperties {
  /** `Archive`, `ReadOnly | Hidden`, … */
  readonly attributes: string;
  readonly createdAt: string;
  readonly writtenAt: string;
  readonly changedAt: string;
}

export interface FileCopy {
  readonly id: string;
  readonly source: string;
  readonly completedAt: string;
}

export interface EntryRecord {
  readonly id: string;
  readonly shareId: string;
  /** Undefined for the root of the share. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: FileHeaders;
  readonly contentMd5: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly smb: SmbProperties;
  readonly copy: FileCopy | undefined;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

type Row = Selectable<FileEntriesTable>;

const HEADERS = ['contentType', 'contentEncoding', 'contentLanguage', 'contentDisposition', 'cacheControl'] as const;

function fromRow(row: Row): EntryRecord {
  return {
    id: row.id,
    shareId: row.share_id,
    parentId: row.parent_id ?? undefined,
    name: row.name,
    kind: row.kind,
    sizeBytes: Number(row.size_bytes),
    etag: row.etag,
    headers: Object.fromEntries(
      HEADERS.flatMap((name) => {
        const value = stringAt(row.headers, name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    contentMd5: row.content_md5 ?? undefined,
    metadata: row.metadata,
    smb: smbFrom(row.smb),
    copy: row.copy === null ? undefined : { id: stringAt(row.copy, 'id') ?? '', source: stringAt(row.copy, 'source') ?? '', completedAt: stringAt(row.copy, 'completedAt') ?? '' },
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}

function smbFrom(json: JsonObject): SmbProperties {
  const text = (name: string): string => stringAt(json, name) ?? '';
  return { attributes: text('attributes'), createdAt: text('createdAt'), writtenAt: text('writtenAt'), changedAt: text('changedAt') };
}

/** How far a path goes: `depth` names of it are there, and `entry` is the last of them (the root for none). */
export interface Walked {
  readonly share: { readonly id: string; readonly quotaGib: number };
  readonly depth: number;
  readonly entry: EntryRecord;
}

export async function walkPath(db: Sql, account: string, share: string, keys: readonly string[]): Promise<Walked | undefined> {
  const { rows } = await sql<Row & { found_share: string; quota_gib: number; depth: number }>`
    with recursive s as (select id, quota_gib from file_shares where account = ${account} and name = ${share} and deleted_at is null),
    walk (depth, id) as (
      select 0, e.id from file_entries e join s on e.share_id = s.id where e.parent_id is null
      union all
      select w.depth + 1, e.id from walk w join file_entries e on e.parent_id = w.id and e.name_key = (${keys}::text[])[w.depth + 1])
    select s.id as found_share, s.quota_gib, w.depth, e.* from s, walk w join file_entries e on e.id = w.id order by w.depth desc limit 1`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : { share: { id: row.found_share, quotaGib: row.quota_gib }, depth: row.depth, entry: fromRow(row) };
}

export interface NewEntry {
  readonly name: string;
  readonly key: string;
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly etag: string;
  readonly headers: FileHeaders;
  readonly contentMd5: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly smb: SmbProperties;
  readonly copy?: FileCopy;
}

/** The new entry; undefined when there is one of that name, or the directory is gone meanwhile. */
export async function insertEntry(db: Sql, parentId: string, entry: NewEntry): Promise<EntryRecord | undefined> {
  const { rows } = await sql<Row>`
    insert into file_entries (share_id, parent_id, name, name_key, kind, size_bytes, etag, headers, content_md5, metadata, smb, copy)
    select p.share_id, p.id, ${entry.name}, ${entry.key}, ${entry.kind}, ${entry.sizeBytes}::bigint, ${entry.etag}, ${JSON.stringify(entry.headers)}::jsonb, ${entry.contentMd5 ?? null},
      ${JSON.stringify(entry.metadata)}::jsonb, ${JSON.stringify(entry.smb)}::jsonb, ${entry.copy === undefined ? null : JSON.stringify(entry.copy)}::jsonb
    from (select id, share_id from file_entries where id = ${parentId} and kind = 'directory' for key share) p
    on conflict (parent_id, name_key) do nothing returning *`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : fromRow(row);
}

export interface EntryChange {
  readonly etag: string;
  readonly sizeBytes?: number;
  readonly headers?: FileHeaders;
  readonly contentMd5?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly smb?: SmbProperties;
  readonly copy?: FileCopy | null;
  readonly place?: { readonly parentId: string; readonly name: string; readonly key: string };
  /** The file begins anew. */
  readonly isReplaced?: true;
}

/** Compare-and-set on the etag; undefined when somebody was faster. */
export async function updateEntry(db: Sql, id: string, expectedEtag: string, change: EntryChange): Promise<EntryRecord | undefined> {
  const row = await db
    .updateTable('file_entries')
    .set({
      etag: change.etag,
      modified_at: sql<Date>`now()`,
      ...(change.sizeBytes === undefined ? {} : { size_bytes: String(change.sizeBytes) }),
      ...(change.headers === undefined ? {} : { headers: JSON.stringify(change.headers) }),
      ...(change.contentMd5 === undefined ? {} : { content_md5: change.contentMd5 }),
      ...(change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) }),
      ...(change.smb === undefined ? {} : { smb: JSON.stringify(change.smb) }),
      ...(change.copy === undefined ? {} : { copy: change.copy === null ? sql<string>`null` : JSON.stringify(change.copy) }),
      ...(change.place === undefined ? {} : { parent_id: change.place.parentId, name: change.place.name, name_key: change.place.key }),
      ...(change.isReplaced === undefined ? {} : { created_at: sql<Date>`now()` }),
    })
    .where('id', '=', id)
    .where('etag', '=', expectedEtag)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** The entry as it is now, held against other writers until the transaction ends. */
export async function lockEntry(tx: Tx, id: string): Promise<EntryRecord | undefined> {
  const row = await tx.selectFrom('file_entries').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Removes a file, or a directory with nothing in it. */
export async function deleteEntry(tx: Tx, id: string, expectedEtag: string): Promise<'deleted' | 'changed' | 'notEmpty'> {
  // Why the lock first: whoever makes something in the directory holds a share of it until it is there to be seen.
  const held = await sql<{ etag: string }>`select etag from file_entries where id = ${id} for update`.execute(tx);
  if (held.rows[0]?.etag !== expectedEtag) return 'changed';
  const children = await sql`select 1 from file_entries where parent_id = ${id} limit 1`.execute(tx);
  if (children.rows.length > 0) return 'notEmpty';
  await tx.deleteFrom('file_entries').where('id', '=', id).execute();
  return 'deleted';
}

/** What is in the directory from name `from` on (inclusive), under the prefix, in order of the names as they are compared. */
export async function listEntries(db: Sql, directoryId: string, options: { readonly prefix: string; readonly from: string; readonly limit: number }): Promise<readonly EntryRecord[]> {
  const { prefix, from, limit } = options;
  const { rows } = await sql<Row>`select * from file_entries where parent_id = ${directoryId} and name_key >= ${from} and name_key >= ${prefix}
    ${prefix === '' ? sql`` : sql`and name_key < ${`${prefix}\u{10FFFF}`}`} order by name_key limit ${limit}`.execute(db);
  return rows.map(fromRow);
}

export interface FileBelow {
  /** From the directory on, divided by `/`. */
  readonly path: string;
  readonly entry: EntryRecord;
}

/** Files below the directory at any depth, in byte order of their paths, behind `after`. */
export async function listFilesBelow(db: Sql, directoryId: string, options: { readonly after: string; readonly limit: number }): Promise<readonly FileBelow[]> {
  const { rows } = await sql<Row & { path: string }>`
    with recursive tree (id, path, kind) as (
      select id, name, kind from file_entries where parent_id = ${directoryId}
      union all
      select e.id, t.path || '/' || e.name, e.kind from tree t join file_entries e on e.parent_id = t.id)
    select t.path, e.* from tree t join file_entries e on e.id = t.id where t.kind = 'file' and t.path > ${options.after} order by t.path limit ${options.limit}`.execute(db);
  return rows.map((row) => ({ path: row.path, entry: fromRow(row) }));
}

/** One who moves directories of a share at a time: two moves together could make a circle. */
export async function lockMoves(tx: Tx, shareId: string): Promise<void> {
  await sql`select 1 from file_shares where id = ${shareId} for no key update`.execute(tx);
}

/** Whether `id` is `ancestorId` or lies below it. */
export async function isWithin(tx: Tx, id: string, ancestorId: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    with recursive up (id, parent_id) as (
      select id, parent_id from file_entries where id = ${id}
      union all
      select e.id, e.parent_id from up u join file_entries e on e.id = u.parent_id)
    select exists (select from up where id = ${ancestorId}) as found`.execute(tx);
  return rows[0]?.found === true;
}

/** Where the file is, while its share is there. */
export async function placeOfFile(db: Sql, id: string): Promise<{ readonly account: string; readonly share: string } | undefined> {
  const row = await db
    .selectFrom('file_entries as e')
    .innerJoin('file_shares as s', 's.id', 'e.share_id')
    .select(['s.account', 's.name'])
    .where('e.id', '=', id)
    .where('s.deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : { account: row.account, share: row.name };
}
