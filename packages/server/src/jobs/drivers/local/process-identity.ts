// Whether exactly that process still lives: pid, start time and boot together, because a pid alone is used again.
// A zombie is dead. Source: findings-engines.md §1 (trap seen: an orphan stays a zombie for seconds).

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ProcessIdentity } from './attempt-files.ts';

const run = promisify(execFile);

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const start = process.platform === 'linux' ? await linuxStart(identity.pid) : await otherStart(identity.pid);
  return start !== undefined && start === identity.start;
}

/** Changes with every start of the machine. */
export async function currentBootId(): Promise<string> {
  if (process.platform === 'linux') return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return (await run('sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim();
}

async function linuxStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name of the program, in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function otherStart(pid: number): Promise<string | undefined> {
  const line = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } }).then(
    (result) => result.stdout.trim(),
    () => '',
  );
  const space = line.indexOf(' ');
  return space < 0 || line.startsWith('Z') ? undefined : line.slice(space).trim();
}
