// endLeftoverPostgres: what a server that was killed left behind of its database: a postmaster that lives on, one that was
// just being started, backends whose postmaster is dead. All of them end before the cluster is started again: two postmasters
// on one cluster destroy it.

import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const LOOK_AGAIN_MS = 25;
const PATIENCE_MS = 15_000;

/** Ends all processes of the cluster in `data`, in an orderly way where there is time, and removes its lock files, there and in `socketDir`. */
export async function endLeftoverPostgres(data: string, socketDir: string): Promise<void> {
  const signaled = new Set<number>();
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const left = process.platform === 'linux' ? processesOf(data) : fromPidFile(data);
    if (left.length === 0) break;
    for (const { pid, isPostmaster } of left) {
      if (waitedMs > PATIENCE_MS) signal(pid, 'SIGKILL');
      else if (!signaled.has(pid)) {
        signaled.add(pid);
        // Why: a postmaster's fast shutdown; a backend alone has nobody to answer to and notices at its next command only.
        signal(pid, isPostmaster ? 'SIGINT' : 'SIGTERM');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  // Why: PostgreSQL believes a lock file while its process id is in use, by a zombie or by a stranger of the same user.
  for (const file of [join(data, 'postmaster.pid'), join(socketDir, '.s.PGSQL.5432.lock'), join(socketDir, '.s.PGSQL.5432')]) rmSync(file, { force: true });
}

interface Found {
  readonly pid: number;
  readonly isPostmaster: boolean;
}

/** A postmaster carries the folder in its arguments from its first moment; a backend works in it. */
function processesOf(data: string): readonly Found[] {
  const found: Found[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const args = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
    const isPostmaster = basename(args[0] ?? '') === 'postgres' && args.includes(data);
    if (isPostmaster) found.push({ pid, isPostmaster });
    else if ((args[0] ?? '').startsWith('postgres: ') && folderOf(pid) === data) found.push({ pid, isPostmaster: false });
  }
  // Why: backends go with their postmaster; signals of ours would only disturb its shutdown.
  const postmasters = found.filter(({ isPostmaster }) => isPostmaster);
  return postmasters.length > 0 ? postmasters : found;
}

function fromPidFile(data: string): readonly Found[] {
  const pidFile = join(data, 'postmaster.pid');
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0;
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) ? [{ pid, isPostmaster: true }] : [];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Of a zombie it is empty. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
