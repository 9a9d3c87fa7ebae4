// testDatabase: a migrated database of its own on one embedded PostgreSQL per test process.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
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
  endWithThisProcess(postgres.pid, dir);
  return { postgres, dir };
}

/** Why a process of its own: test workers are killed at their end, and run no handler. It waits for the pipe to close. */
function endWithThisProcess(pid: number, dir: string): void {
  const script = 'cat > /dev/null; kill -QUIT "$1"; sleep 1; rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, 'sh', String(pid), dir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.unref();
  // Why: an open pipe would keep the test process alive.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
}
