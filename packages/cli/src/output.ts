// Output: tables for people, json|yaml|tsv for scripts, narrowed by a JMESPath query. Data only on standard output.

import { search } from '@jmespath-community/jmespath';
import Table from 'cli-table3';
import { stringify } from 'yaml';
import { CommandError } from './exit-status.ts';

export type OutputFormat = 'table' | 'json' | 'yaml' | 'tsv';

export interface OutputOptions {
  readonly output?: string;
  readonly query?: string;
}

export interface Column<T> {
  readonly title: string;
  cell(item: T): string;
}

const isColourful = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const colour = (code: number) => (text: string) => (isColourful ? `\u001B[${code}m${text}\u001B[0m` : text);
export const style = { bold: colour(1), dim: colour(2), red: colour(31), green: colour(32), yellow: colour(33), blue: colour(34), cyan: colour(36) };

export function statusColour(status: string): string {
  if (status === 'Completed' || status === 'Succeeded') return style.green(status);
  if (status === 'Failed') return style.red(status);
  if (status === 'Canceled' || status === 'CancelRequested') return style.yellow(status);
  return style.cyan(status);
}

/** Writes items the way the options ask for. `data` is what scripts see, `columns` what people see. */
export function writeItems<T>(data: unknown, items: readonly T[], columns: readonly Column<T>[], options: OutputOptions, emptyText: string): void {
  const format = parseFormat(options.output ?? 'table');
  if (format === 'table' && options.query === undefined) {
    if (items.length === 0) process.stderr.write(`${emptyText}\n`);
    else process.stdout.write(`${renderTable(items, columns)}\n`);
    return;
  }
  const chosen: unknown = options.query === undefined ? data : search(data as never, options.query);
  process.stdout.write(renderData(chosen, format));
}

export function renderData(value: unknown, format: OutputFormat): string {
  switch (format) {
    case 'yaml':
      return stringify(value);
    case 'tsv':
      return `${(Array.isArray(value) ? value : [value]).map(tsvRow).join('\n')}\n`;
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

export function renderTable<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const table = new Table({
    head: columns.map((column) => style.bold(column.title)),
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const item of items) table.push(columns.map((column) => column.cell(item)));
  return table.toString();
}

export function parseFormat(text: string): OutputFormat {
  if (text === 'table' || text === 'json' || text === 'yaml' || text === 'tsv') return text;
  throw new CommandError(`--output ${text} is not known; table, json, yaml and tsv are.`, 2);
}
