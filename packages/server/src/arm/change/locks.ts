// Locks: what a management lock keeps callers from. CanNotDelete refuses deletes, ReadOnly also writes and actions; both
// hold for everything below, and a lock below holds what encloses it. Data planes and the server's own writes go on.
// Source: Azure "Lock your resources to protect your infrastructure"; contracts/schemas/arm/2020-05-01/Microsoft.Authorization.json.

import { Fault } from '#kernel/faults.ts';
import type { Sql } from '#storage/database.ts';
import { findLocks, LOCK_TYPE } from '#storage/lock-store.ts';

const MOST_NAMED = 20;

/** Throws `conflict`/`ScopeLocked`. Locks themselves are never locked. */
export async function requireUnlocked(db: Sql, operation: 'write' | 'delete', { id, key }: { readonly id: string; readonly key: string }): Promise<void> {
  if (key.includes(`/providers/${LOCK_TYPE}/`)) return;
  const locks = await findLocks(db, key, { below: operation === 'delete', limit: MOST_NAMED });
  const holding = locks.filter((lock) => lock.level === 'ReadOnly' || operation === 'delete');
  if (holding.length === 0) return;
  const scopes = [...new Set(holding.map((lock) => `'${lock.scopeId}'`))].join(',');
  throw new Fault('conflict', 'ScopeLocked', `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: ${scopes}. Please remove the lock and try again.`, {
    target: id,
  });
}
