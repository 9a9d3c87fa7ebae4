// testDatabase: a migrated database of its own on one embedded PostgreSQL per test process.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@lazurite/server/storage/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@lazurite/server/storage/embedded-postgres.ts';

let shared: Promise<{ readonly postgres: EmbeddedPostgres; readonly dir: string }> | undefined;

export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Closes the connections of this database; the cluster ends with the process. */
  close(): Promise<void>;
}

/** A fresh database with every migration applied. Call in beforeAll, close in afterAll. */
export async function testDatabase(): Promise<TestDatabase> {
  shared ??= startShared();
  const { postgres } = await shared;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = await Database.open({ url: postgres.url, poolSize: 1 });
  await admin.pool.query(`create database ${name}`);
  await admin.close();
  const url = postgres.url.replace('/postgres?', `/${name}?`);
  const database = await Database.open({ url, poolSize: 8 });
  return { database, url, close: () => database.close() };
}

async function startShared(): Promise<{ readonly postgres: EmbeddedPostgres; readonly dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-test-'));
  writeFileSync(join(dir, 'lazurite.json'), '{}');
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
  process.once('exit', () => {
    try {
      process.kill(postgres.pid, 'SIGKILL');
    } catch {
      // already gone
    }
    rmSync(dir, { recursive: true, force: true });
  });
  return { postgres, dir };
}
