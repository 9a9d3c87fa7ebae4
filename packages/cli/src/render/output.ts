// Output: tables for people, json|yaml|tsv for scripts, narrowed by a JMESPath query. Data only on standard output.

import { search } from '@jmespath-community/jmespath';
import type { JsonObject } from '@lazurite/server/kernel/json.ts';
import Table from 'cli-table3';
import { stringify } from 'yaml';
import { CommandError } from '../exit-status.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'yaml', 'tsv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputOptions {
  readonly output?: string;
  readonly query?: string;
}

export interface Column<T> {
  readonly title: string;
  cell(item: T): string;
}

/** Both streams are asked, because a line may go to either and none of its escapes into a file. Source: no-color.org, force-color.org. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return force !== '0' && force !== 'false';
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['CI'] === undefined && env['TERM'] !== 'dumb';
}

const isColourful = wantsColour(process.env, process.stdout.isTTY && process.stderr.isTTY);
const colour = (code: number) => (text: string) => (isColourful && text !== '' ? `\u001B[${code}m${text}\u001B[0m` : text);
export const style = { bold: colour(1), dim: colour(2), red: colour(31), green: colour(32), yellow: colour(33), blue: colour(34), cyan: colour(36) };

/** Whether progress that overwrites itself may be drawn on standard error. */
export function isInteractive(): boolean {
  return process.stderr.isTTY && process.env['CI'] === undefined;
}

export function statusColour(status: string): string {
  if (status === 'Completed' || status === 'Succeeded') return style.green(status);
  if (status === 'Failed') return style.red(status);
  if (status === 'Canceled' || status === 'CancelRequested') return style.yellow(status);
  return style.cyan(status);
}

/** Writes items the way the options ask for. `data` is what scripts see, `columns` what people see. */
export function writeItems<T>(data: JsonObject | readonly JsonObject[], items: readonly T[], columns: readonly Column<T>[], options: OutputOptions, emptyText: string): void {
  writeData(data, options, () => {
    if (items.length === 0) process.stderr.write(`${emptyText}\n`);
    else process.stdout.write(`${renderTable(items, columns)}\n`);
  });
}

/** Writes data the way the options ask for; `table` draws it for people. */
export function writeData(data: JsonObject | readonly JsonObject[], options: OutputOptions, table: () => void): void {
  const format = parseFormat(options.output ?? 'table');
  if (format === 'table' && options.query === undefined) return table();
  process.stdout.write(renderData(options.query === undefined ? data : narrow(data, options.query), format));
}

function narrow(data: JsonObject | readonly JsonObject[], query: string): unknown {
  try {
    // The library's own type of JSON is mutable; it does not change what it is given.
    return search(JSON.parse(JSON.stringify(data)), query);
  } catch (error) {
    throw new CommandError(`--query ${query} is not JMESPath: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}

export function renderData(value: unknown, format: OutputFormat): string {
  switch (format) {
    case 'yaml':
      return stringify(value);
    case 'tsv':
      return Array.isArray(value) && value.length === 0 ? '' : `${(Array.isArray(value) ? value : [value]).map(tsvRow).join('\n')}\n`;
    case 'table':
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`;
  }
}

function tsvRow(row: unknown): string {
  const cells: unknown[] = typeof row === 'object' && row !== null ? Object.values(row) : [row];
  return cells
    .map((cell) => (typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : String(cell ?? '')))
    .map((text) => text.replaceAll(/[\t\n\r]/g, ' '))
    .join('\t');
}

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'].map((name) => [name, '']),
);

export function renderTable<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const table = new Table({
    head: columns.map((column) => style.bold(column.title)),
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const item of items) table.push(columns.map((column) => column.cell(item)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values below each other; lines without a value are left out. */
export function renderFacts(facts: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = facts.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return `${shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`).join('\n')}\n`;
}

export function formatBytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function parseFormat(text: string): OutputFormat {
  const known = OUTPUT_FORMATS.find((format) => format === text);
  if (known === undefined) throw new CommandError(`--output ${text} is not known; ${OUTPUT_FORMATS.join(', ')} are.`, 2);
  return known;
}
