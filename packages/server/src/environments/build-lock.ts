// One builder per environment, also when several servers share the folder. The lock is a file that its holder keeps
// fresh; a dead holder's is taken over. It saves work only: each build has a folder of its own, so two do no harm.

import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { numberAt, stringAt } from '#kernel/json.ts';
import { buildCanceled } from './faults.ts';

const FRESHEN_MS = 5_000;
const STALE_MS = 60_000;
const LOOK_MS = 500;
/** Tells this process from an earlier one that had its pid. */
const INSTANCE = randomUUID();

/** Waits until the lock is ours; returns what lets it go. `onWait` is called once when somebody else has it. */
export async function lockBuild(file: string, signal: AbortSignal, onWait: () => void): Promise<() => Promise<void>> {
  let hasWaited = false;
  while (!(await tryLock(file))) {
    if (await isAbandoned(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!hasWaited) onWait();
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (signal.aborted) throw buildCanceled(signal.reason);
  }
  const freshen = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, FRESHEN_MS);
  freshen.unref();
  return async () => {
    clearInterval(freshen);
    await rm(file, { force: true });
  };
}

async function tryLock(file: string): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname(), instance: INSTANCE }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) return false;
  if (Date.now() - info.mtimeMs > STALE_MS) return true;
  const holder: unknown = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  const pid = numberAt(holder, 'pid');
  if (pid === undefined || stringAt(holder, 'host') !== hostname()) return false;
  return pid === process.pid ? stringAt(holder, 'instance') !== INSTANCE : !isThere(pid);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
