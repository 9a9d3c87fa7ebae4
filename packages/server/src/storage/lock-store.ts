// lock-store: management locks as the framework checks them: rows of `resources` whose parent is the locked scope.

import { sql } from 'kysely';
import type { Sql } from './database.ts';

export const LOCK_TYPE = 'microsoft.authorization/locks';

export interface LockedScope {
  /** Key of the scope the lock is set at; '' is the tenant. */
  readonly scopeKey: string;
  /** Its id, as the one who set the lock wrote it. */
  readonly scopeId: string;
  readonly level: string;
}

/** The locks that bear on a scope: those at it and above, and with `below` those under it too. At most `limit`. */
export async function findLocks(db: Sql, scopeKey: string, options: { readonly below: boolean; readonly limit: number }): Promise<readonly LockedScope[]> {
  const segments = scopeKey.split('/');
  const above = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  // Why two ranges of the one small index: a server with few locks reads nearly nothing, whatever else it holds.
  const under = options.below ? sql`or (key > ${`${scopeKey}/`} and key < ${`${scopeKey}0`})` : sql``;
  const { rows } = await sql<{ parent_key: string; id: string; level: string | null }>`
    select parent_key, id, properties->>'level' as level from resources
    where type = ${sql.lit(LOCK_TYPE)} and deleted_at is null and (parent_key = any(${above}::text[]) ${under})
    order by key limit ${options.limit}`.execute(db);
  return rows.map((row) => ({ scopeKey: row.parent_key, scopeId: row.id.slice(0, row.id.toLowerCase().lastIndexOf('/providers/')) || '/', level: row.level ?? '' }));
}
