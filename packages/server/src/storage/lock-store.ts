// lock-store: management locks as the framework checks them: rows of `resources` whose parent is the locked scope.

import { sql } from 'kysely';
import { stringAt } from '#kernel/json.ts';
import { listChildren, scopesAt } from './child-store.ts';
import type { Sql } from './database.ts';

export const LOCK_TYPE = 'microsoft.authorization/locks';

export interface LockedScope {
  /** Key of the scope the lock is set at; '' is the tenant. */
  readonly scopeKey: string;
  /** Its id, as the one who set the lock wrote it. */
  readonly scopeId: string;
  readonly level: string;
}

/** The locks that bear on a scope: those at it and above, and with `below` those under it too. At most `limit` of each scope, and of what is under it. */
export async function findLocks(db: Sql, scopeKey: string, options: { readonly below: boolean; readonly limit: number }): Promise<readonly LockedScope[]> {
  const { limit } = options;
  const above = scopesAt(scopeKey);
  const found = await listChildren(db, LOCK_TYPE, above, limit);
  const held = above.flatMap((key) => found.get(key) ?? []).map(({ parentKey, id, properties }) => toLock(parentKey, id, stringAt(properties, 'level')));
  return options.below ? [...held, ...(await findLocksBelow(db, scopeKey, limit))] : held;
}

/** Why a range of the one small index: a server with few locks reads nearly nothing, whatever else it holds. */
async function findLocksBelow(db: Sql, scopeKey: string, limit: number): Promise<readonly LockedScope[]> {
  const { rows } = await sql<{ parent_key: string; id: string; level: string | null }>`
    select parent_key, id, properties->>'level' as level from resources
    where type = ${sql.lit(LOCK_TYPE)} and deleted_at is null and key > ${`${scopeKey}/`} and key < ${`${scopeKey}0`} and parent_key <> ${scopeKey}
    order by key limit ${limit}`.execute(db);
  return rows.map((row) => toLock(row.parent_key, row.id, row.level ?? undefined));
}

function toLock(scopeKey: string, id: string, level: string | undefined): LockedScope {
  return { scopeKey, scopeId: id.slice(0, id.toLowerCase().lastIndexOf('/providers/')) || '/', level: level ?? '' };
}
