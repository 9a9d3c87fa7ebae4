// child-store: what is right under several resources at once, for properties that are read with their parents.

import { sql } from 'kysely';
import type { Sql } from './database.ts';
import type { ResourceRecord } from './resource-record.ts';
import { toResource } from './resource-store.ts';
import { type ReadsByDatabase, sharedReadsOf } from './shared-reads.ts';

/** Keys of a scope and of all that encloses it, outermost first; '' is the tenant. */
export function scopesAt(key: string): readonly string[] {
  const segments = key.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** Members of a (lower-cased) type under these parents, oldest first, at most `perParent` of each. Shared between requests: see SharedReads. */
export async function listChildren(db: Sql, type: string, parentKeys: readonly string[], perParent: number): Promise<ReadonlyMap<string, readonly ResourceRecord[]>> {
  if (parentKeys.length === 0) return new Map();
  if (db.isTransaction) return loadChildren(db, type, parentKeys, perParent);
  const found = await sharedReadsOf(reads, db, `${type} ${perParent}`, (keys) => loadChildren(db, type, keys, perParent)).find(parentKeys);
  return new Map(parentKeys.map((key) => [key, found.get(key) ?? []]));
}

const reads: ReadsByDatabase<readonly ResourceRecord[]> = new WeakMap();

async function loadChildren(db: Sql, type: string, parentKeys: readonly string[], perParent: number): Promise<ReadonlyMap<string, readonly ResourceRecord[]>> {
  const { rows } = await sql<Parameters<typeof toResource>[0]>`
    select child.* from unnest(${parentKeys}::text[]) as parent (key)
    cross join lateral (select * from resources where parent_key = parent.key and type = ${type} and deleted_at is null order by seq limit ${perParent}) as child`.execute(db);
  return Map.groupBy(rows.map(toResource), (resource) => resource.parentKey);
}

/** How many members of each (lower-cased) type are under these parents, by parent and type. */
export async function countChildren(db: Sql, parentKeys: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  if (parentKeys.length === 0) return new Map();
  const { rows } = await sql<{ parent_key: string; type: string; count: string }>`
    select parent_key, type, count(*) as count from resources where parent_key = any(${parentKeys}::text[]) and deleted_at is null group by parent_key, type`.execute(db);
  const counts = new Map<string, Map<string, number>>();
  for (const row of rows) counts.set(row.parent_key, (counts.get(row.parent_key) ?? new Map<string, number>()).set(row.type, Number(row.count)));
  return counts;
}
