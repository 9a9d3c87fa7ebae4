// The embedded database after a kill: whatever was left running on its folder ends before it is started again.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

let dir = '';
const running: EmbeddedPostgres[] = [];

async function start(mode = 0o755): Promise<EmbeddedPostgres> {
  if (dir === '') {
    dir = mkdtempSync(join(tmpdir(), 'lazurite-postgres-'));
    chmodSync(dir, mode);
  }
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
  running.push(postgres);
  return postgres;
}

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
  dir = '';
});

async function ask(postgres: EmbeddedPostgres, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}

/** A process that ended and was not reaped has no command line. */
function isRunning(pid: string): boolean {
  return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
}

test('a postmaster that has not written its pid file yet is ended', async () => {
  const first = await start();
  rmSync(join(dir, 'postgres', 'data', 'postmaster.pid'));
  const second = await start();
  await first.ended;
  expect(await ask(second, 'select 1 as one')).toEqual({ one: 1 });
});

test('backends that a killed postmaster left in the middle of a query are ended', async () => {
  const first = await start();
  const client = new pg.Client({ connectionString: first.url });
  client.on('error', () => undefined);
  await client.connect();
  const pid = String(Object(await client.query('select pg_backend_pid() as pid')).rows[0].pid);
  // A query that looks at nothing outside: it does not notice that its postmaster is gone.
  const busy = client.query('select count(*) from generate_series(1, 100000000000) n').catch(() => undefined);
  await ask(first, 'select pg_sleep(0.1)');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await start();
  await busy;
  expect(isRunning(pid)).toBe(false);
  expect(await ask(second, 'select 1 as one')).toEqual({ one: 1 });
});

test('a folder above that lets only its owner through stays as it is, and the database starts', async () => {
  const postgres = await start(0o700);
  expect(await ask(postgres, 'select 1 as one')).toEqual({ one: 1 });
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

test('lock files of a killed postmaster whose process id somebody has now do not stop the next start', async () => {
  const first = await start();
  await first.stop();
  const folder = join(dir, 'postgres');
  const { uid, gid } = statSync(folder);
  // A stranger of the same user, as the zombie of the killed postmaster is for a moment.
  const stranger = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  writeFileSync(join(folder, '.s.PGSQL.5432.lock'), `${stranger.pid}\n${join(folder, 'data')}\n${Math.floor(Date.now() / 1000)}\n5432\n${folder}\n\n`);
  writeFileSync(join(folder, 'data', 'postmaster.pid'), `${stranger.pid}\n${join(folder, 'data')}\n`);
  const second = await start();
  expect(await ask(second, 'select 1 as one')).toEqual({ one: 1 });
});

test('a database of another major version is refused and left as it is', async () => {
  const first = await start();
  await first.stop();
  const marker = join(dir, 'postgres', 'data', 'PG_VERSION');
  writeFileSync(marker, '15\n');
  await expect(startEmbeddedPostgres({ dir: join(dir, 'postgres') })).rejects.toMatchObject({
    code: 'DatabaseVersionMismatch',
    message: expect.stringMatching(/PostgreSQL 15 .* brings PostgreSQL 18.*pg_dump/),
  });
  writeFileSync(marker, '18\n');
  expect(await ask(await start(), 'select 1 as one')).toEqual({ one: 1 });
});
