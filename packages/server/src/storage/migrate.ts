// Forward-only migrations. One advisory lock, so several servers may start at once on one database.

import type { Pool } from 'pg';
import { Fault } from '#kernel/faults.ts';
import { checkServerVersion } from './connection-fault.ts';

export interface Migration {
  /** `NNNN-noun`; the order of the catalog is the order of application. */
  readonly name: string;
  readonly sql: string;
}

const LOCK_KEY = 7_146_301;

/** Applies what is missing, each in a transaction of its own. Throws when the database is ahead of this program. */
export async function migrate(pool: Pool, migrations: readonly Migration[], url: string): Promise<void> {
  const client = await pool.connect();
  try {
    await checkServerVersion(client, url);
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    await client.query('create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())');
    const applied = new Set((await client.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name));
    const known = new Set(migrations.map((migration) => migration.name));
    const unknown = [...applied].filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new Fault('conflict', 'DatabaseIsNewer', `The database was migrated by a newer Lazurite (${unknown.join(', ')}). Start that version, or restore a backup from before the upgrade.`);
    }
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue;
      await client.query('begin');
      try {
        if (migration.sql.trim() !== '') await client.query(migration.sql);
        await client.query('insert into migrations (name) values ($1)', [migration.name]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => undefined);
    client.release();
  }
}
