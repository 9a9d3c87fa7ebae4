// blob-path-store: the SQL of a data lake's paths. A directory is an empty blob whose metadata says so; what is in it has
// its name as a prefix.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import { stringAt } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';

export interface PathAccess {
  readonly owner: string;
  readonly group: string;
  /** `user::rwx,group::r-x,other::---`, named entries and defaults after these. */
  readonly acl: string;
}

/** Makes those of the directories that are not there. `etags`: one for each name. */
export async function insertDirectories(db: Sql, containerId: string, names: readonly string[], etags: readonly string[], metadata: Readonly<Record<string, string>>): Promise<void> {
  await sql`insert into blobs (container_id, name, kind, size_bytes, etag, headers, metadata)
    select ${containerId}::bigint, d.name, 'BlockBlob', 0, d.etag, '{"contentType":"application/octet-stream"}', ${JSON.stringify(metadata)}::jsonb
    from unnest(${names}::text[], ${etags}::text[]) as d (name, etag) on conflict do nothing`.execute(db);
}

export interface PathKind {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Which of the names are there, and as what. */
export async function findPaths(db: Sql, containerId: string, names: readonly string[], folderMark: string): Promise<readonly PathKind[]> {
  const { rows } = await sql<{ name: string; is_directory: boolean }>`select name, coalesce(lower(metadata ->> ${folderMark}) = 'true', false) as is_directory
    from blobs where container_id = ${containerId} and name = any(${names}::text[])`.execute(db);
  return rows.map((row) => ({ name: row.name, isDirectory: row.is_directory }));
}

export async function hasBlobsUnder(db: Sql, containerId: string, prefix: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select exists (select from blobs where container_id = ${containerId} and name >= ${prefix} and name < ${`${prefix}\u{10FFFF}`}) as found`.execute(db);
  return rows[0]?.found === true;
}

/** Moves the blob `from` and everything under `from/`; staged blocks stay behind and are dropped. How many moved. */
export async function renamePaths(
  tx: Tx,
  from: { readonly containerId: string; readonly name: string },
  to: { readonly containerId: string; readonly name: string },
  leaseId?: string,
): Promise<number> {
  const below = `${from.name}/`;
  await sql`delete from blob_staged where container_id = ${from.containerId} and (name = ${from.name} or (name >= ${below} and name < ${`${below}\u{10FFFF}`}))`.execute(tx);
  // Why code points: so does substr count.
  const result = await sql`update blobs set container_id = ${to.containerId}, name = ${to.name} || substr(name, ${[...from.name].length + 1}::int), presented_lease = ${leaseId ?? null}
    where container_id = ${from.containerId} and (name = ${from.name} or (name >= ${below} and name < ${`${below}\u{10FFFF}`}))`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}

export async function putPathAccess(db: Sql, containerId: string, name: string, access: PathAccess): Promise<void> {
  if (name === '') {
    await sql`update blob_containers set root_access = ${JSON.stringify(access)}::jsonb where id = ${containerId}`.execute(db);
    return;
  }
  await sql`insert into blob_path_access (container_id, name, owner, owning_group, acl) values (${containerId}, ${name}, ${access.owner}, ${access.group}, ${access.acl})
    on conflict (container_id, name) do update set owner = excluded.owner, owning_group = excluded.owning_group, acl = excluded.acl`.execute(db);
}

/** The access of these paths, by name; '' is the root. Those that were never set are left out. */
export async function findPathAccess(db: Sql, containerId: string, names: readonly string[]): Promise<ReadonlyMap<string, PathAccess>> {
  const { rows } = await sql<{ name: string; owner: string; owning_group: string; acl: string }>`select name, owner, owning_group, acl from blob_path_access
    where container_id = ${containerId} and name = any(${names}::text[])`.execute(db);
  const found = new Map(rows.map((row) => [row.name, { owner: row.owner, group: row.owning_group, acl: row.acl }]));
  if (!names.includes('')) return found;
  const root = await sql<{ root_access: JsonObject | null }>`select root_access from blob_containers where id = ${containerId}`.execute(db);
  const access = root.rows[0]?.root_access;
  if (access !== null && access !== undefined) found.set('', { owner: stringAt(access, 'owner') ?? '', group: stringAt(access, 'group') ?? '', acl: stringAt(access, 'acl') ?? '' });
  return found;
}
