// reference-store: resources that refer to others by an id in their properties.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

/** Resources of a (lower-cased) type elsewhere whose property at the path is an id below a key. */
export async function listForeignReferences(db: Sql, type: string, path: readonly string[], belowKey: string, limit: number): Promise<readonly { readonly id: string; readonly refersTo: string }[]> {
  const reference = sql`lower(properties #>> ${path}::text[])`;
  const [first, end] = [`${belowKey}/`, `${belowKey}0`];
  const { rows } = await sql<{ id: string; refersTo: string }>`
    select id, properties #>> ${path}::text[] as "refersTo" from resources
    where type = ${type} and deleted_at is null and starts_with(${reference}, ${first}) and not (key > ${first} and key < ${end})
    order by seq limit ${limit}`.execute(db);
  return rows;
}
