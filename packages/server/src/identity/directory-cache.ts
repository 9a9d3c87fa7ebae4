// DirectoryCache: principals and their role assignments, kept between requests until the database tells of a change. The
// transaction that changes them has told this server when it returns (see Database), so a removed assignment counts at once.

import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#storage/database.ts';
import { type DirectoryPrincipal, findPrincipal } from '#storage/identity-store.ts';
import { type AssignmentRecord, findAssignments } from '#storage/role-store.ts';

export interface Directory {
  findPrincipal(id: string): Promise<DirectoryPrincipal | undefined>;
  findAssignments(principalIds: readonly string[]): Promise<readonly AssignmentRecord[]>;
}

/** Bounds what a broken connection to the database can hide of changes made by other servers. */
const FRESH_MS = 5_000;
const MOST_ENTRIES = 10_000;

interface Entry<T> {
  readonly value: Promise<T>;
  readonly at: number;
}

/** Call once per server; it listens as long as the database is open. */
export async function openDirectoryCache(deps: { readonly database: Database; readonly clock: Clock }): Promise<Directory> {
  const { database, clock } = deps;
  const principals = new Map<string, Entry<DirectoryPrincipal | undefined>>();
  const assignments = new Map<string, Entry<readonly AssignmentRecord[]>>();
  // Why also what is being loaded: it may have been read before the change.
  await database.listen('lazurite_directory', () => {
    principals.clear();
    assignments.clear();
  });

  function cached<T>(entries: Map<string, Entry<T>>, key: string, load: () => Promise<T>): Promise<T> {
    const now = clock.now();
    const known = entries.get(key);
    if (known !== undefined && now >= known.at && now - known.at < FRESH_MS) return known.value;
    if (entries.size >= MOST_ENTRIES) entries.clear();
    const entry: Entry<T> = { value: load(), at: now };
    entries.set(key, entry);
    entry.value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return entry.value;
  }

  return {
    findPrincipal: (id) => cached(principals, id, () => findPrincipal(database.sql, id)),
    findAssignments: (ids) => cached(assignments, ids.join(' '), () => findAssignments(database.sql, ids)),
  };
}
