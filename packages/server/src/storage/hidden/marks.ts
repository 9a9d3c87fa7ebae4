// Marks: parameters of a statement that depend on whether the rows of a workspace are sealed. Statements are written
// once; hiding.ts puts in the values, the stand-ins or the sealed bytes when the statement is sent.

import { type RawBuilder, sql } from 'kysely';
import { HIDDEN_KINDS, type HiddenKind, type HiddenName, type HiddenRow, type Scalar } from './catalog.ts';
import { LOST, type RowKey } from '../row-key.ts';

/** What a mark is resolved with: the key of a scope, undefined where its rows lie open. */
export type KeyOf = (scope: string) => RowKey | undefined;

export interface Scope {
  /** A resource key: what the row belongs to; '' for what is never sealed. */
  readonly key: string;
  /** What is written is lost when the key is not to be had, instead of the write being refused. */
  readonly isLostWithKey: boolean;
}

export interface Mark {
  readonly scopes: readonly Scope[];
  resolve(keyOf: KeyOf): unknown;
}

const marks = new WeakSet<object>();

export function isMark(value: unknown): value is Mark {
  return typeof value === 'object' && value !== null && marks.has(value);
}

function mark<T>(scope: string, resolve: (key: RowKey | undefined) => T, isLostWithKey = false): Mark & { resolve(keyOf: KeyOf): T } {
  const made = { scopes: [{ key: scope, isLostWithKey }], resolve: (keyOf: KeyOf) => resolve(keyOf(scope)) };
  marks.add(made);
  return made;
}

/** One list of values that may be marks, of rows of several scopes. */
export function markedList(values: readonly unknown[]): unknown {
  const marked = values.filter(isMark);
  if (marked.length === 0) return values;
  const made: Mark = { scopes: marked.flatMap(({ scopes }) => scopes), resolve: (keyOf) => values.map((value) => (isMark(value) ? value.resolve(keyOf) : value)) };
  marks.add(made);
  return made;
}

/** One row of a statement. */
export interface HiddenRowMarks {
  column<T extends Scalar = string>(name: string): RawBuilder<T>;
  /** For the column of sealed bytes. */
  readonly sealed: RawBuilder<Buffer | null>;
}

/** One row among others of a statement: see markedList. */
export interface HiddenCells {
  cell(name: string): Mark;
  readonly sealed: Mark;
}

export interface HideOptions {
  /** What encloses the row, such as its run: binds tokens of values to it. */
  readonly bind?: string;
  /** Instead of refusing to write without the key, the values are lost. */
  readonly isLostWithKey?: boolean;
}

export function hideRow(name: HiddenName, scope: string, values: HiddenRow, options: HideOptions = {}): HiddenRowMarks {
  const cells = hideCells(name, scope, values, options);
  return { column: <T extends Scalar>(column: string) => sql<T>`${cells.cell(column)}`, sealed: sql<Buffer | null>`${cells.sealed}` };
}

export function hideCells(name: HiddenName, scope: string, values: HiddenRow, options: HideOptions = {}): HiddenCells {
  const rows = hideRows(name, scope, [values], Object.fromEntries(Object.keys(values).map((column) => [column, () => values[column] ?? null])), options);
  return { cell: (column) => only(rows.list(column)), sealed: only(rows.sealed) };
}

function only(list: HiddenList): Mark {
  const made: Mark = { scopes: list.scopes, resolve: (keyOf) => list.resolve(keyOf)[0] ?? null };
  marks.add(made);
  return made;
}

export interface HiddenList extends Mark {
  resolve(keyOf: KeyOf): readonly unknown[];
}

/** Many rows of a statement, column by column, for `unnest`, which fills up shorter lists with null. */
export interface HiddenRowsMarks {
  list(column: string): HiddenList;
  readonly sealed: HiddenList;
}

/** `columns`: how to read the hidden columns, and those that tell the place of a row, from `rows`. */
export function hideRows<R>(name: HiddenName, scope: string, rows: readonly R[], columns: Readonly<Record<string, (row: R) => Scalar>>, options: HideOptions = {}): HiddenRowsMarks {
  const { bind = '', isLostWithKey = false } = options;
  const kind: HiddenKind = HIDDEN_KINDS[name];
  const flat = (row: R): HiddenRow => Object.fromEntries(Object.entries(columns).map(([column, read]) => [column, read(row)]));
  return {
    list(column) {
      const read = columns[column];
      const hidden = kind.columns[column];
      if (read === undefined || hidden === undefined) throw new TypeError(`Rows of ${name} hide no column ${column}.`);
      return mark(scope, (key) => (key === undefined ? rows.map(read) : rows.map((row) => hidden.standIn(read(row), (place, text) => key.token(place, text), flat(row), bind))), isLostWithKey);
    },
    sealed: mark(scope, (key) => (key === undefined || key === LOST ? [] : rows.map((row) => sealRow(name, kind, flat(row), key))), isLostWithKey),
  };
}

/** What the text is in the column of a name: itself, or its token. */
export function lookUp(place: string, scope: string, text: string): RawBuilder<string> {
  return sql<string>`${mark(scope, (key) => (key === undefined ? text : key.token(place, text)))}`;
}

export function lookUpAll(place: string, scope: string, texts: readonly string[]): Mark {
  return mark(scope, (key) => (key === undefined ? texts : texts.map((text) => key.token(place, text))));
}

/** True in a statement whose scope is sealed, so that a condition can be left to the reader. Costs nothing where it is not: the planner leaves `false or …` away. */
export function isHidden(scope: string): RawBuilder<boolean> {
  return sql<boolean>`${mark(scope, (key) => key !== undefined)}::boolean`;
}

/** Form: code of the kind (1), id of the data key (16), sealed JSON of the columns. */
function sealRow(name: string, kind: HiddenKind, row: HiddenRow, key: RowKey): Buffer {
  const members = Object.entries(kind.columns)
    .filter(([column]) => row[column] !== undefined)
    .map(([column, { isJson }]) => `${JSON.stringify(column)}:${jsonOf(row[column] ?? null, isJson === true)}`);
  const head = Buffer.concat([Buffer.from([kind.code]), Buffer.from(key.id.replaceAll('-', ''), 'hex')]);
  return Buffer.concat([head, key.seal(Buffer.from(`{${members.join(',')}}`, 'utf8'), placeOf(name))]);
}

function jsonOf(value: Scalar, isJson: boolean): string {
  if (isJson) return value === null ? 'null' : String(value);
  // Why as text: JSON has no NaN and no infinities.
  return typeof value === 'number' && !Number.isFinite(value) ? JSON.stringify(String(value)) : JSON.stringify(value);
}

export function placeOf(name: string): string {
  return `row:${name}`;
}
