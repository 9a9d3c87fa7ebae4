// Resident memory of a server with its database: proportional set sizes, which count shared pages once.

import { readdirSync, readFileSync } from 'node:fs';
import type { ServerProcess } from '../packages/testkit/src/server-process.ts';

/** MiB of the server, its database and that one's processes. */
export function residentMiB(server: ServerProcess): number {
  return Math.round(sum([server.pid, ...familyOf(server.databasePid)].map(pssKiB)) / 1024);
}

function familyOf(parent: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
  return [parent, ...children];
}

function parentOf(pid: number): number | undefined {
  return Number(/^PPid:\s+(\d+)$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1]);
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
