// Hiding: the one place where rows are sealed and opened. Between the query builder and the connection: marks among the
// parameters of a statement become what is stored, and sealed columns of its result what was written.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { isKeyUnavailable } from '#kernel/customer-key.ts';
import { Fault, isFault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { hiddenKindOf } from './catalog.ts';
import { isMark, placeOf, type Scope } from './marks.ts';
import { LOST, openRows, type RowKey, type RowKeys } from '../row-key.ts';

/** Rows opened before others get their turn. */
const AT_ONCE = 500;
const PREFIX = 'sealed_';
/** Code of the kind and id of the key. */
const HEAD = 17;

type Row = Record<string, unknown>;

const closedRows = new WeakSet<object>();

/** The key of what is sealed in the row is not to be had: reading one of its hidden columns throws. */
export function isClosed(row: object): boolean {
  return closedRows.has(row);
}

export class Hiding {
  #keys: RowKeys = openRows;

  /** Called once, before anything of a sealed workspace is read or written. */
  supply(keys: RowKeys): void {
    this.#keys = keys;
  }

  get keys(): RowKeys {
    return this.#keys;
  }

  /** The parameters as the database gets them. */
  async resolve(values: readonly unknown[]): Promise<readonly unknown[]> {
    const keys = new Map<string, RowKey | undefined>();
    for (const scope of values.filter(isMark).flatMap(({ scopes }) => scopes)) if (!keys.has(scope.key)) keys.set(scope.key, await this.#keyFor(scope));
    return values.map((value) => (isMark(value) ? value.resolve((scope) => keys.get(scope)) : value));
  }

  async #keyFor({ key, isLostWithKey }: Scope): Promise<RowKey | undefined> {
    if (key === '') return undefined;
    try {
      return await this.#keys.ofScope(key);
    } catch (error) {
      if (isLostWithKey && isKeyUnavailable(error)) return LOST;
      throw error;
    }
  }

  /** Puts what is sealed in the rows into its columns. Where the key is not to be had, reading such a column throws. */
  async open(rows: readonly unknown[], fields: readonly { readonly name: string }[]): Promise<void> {
    const sealedColumns = fields.filter(({ name }) => name.startsWith(PREFIX)).map(({ name }) => name);
    if (sealedColumns.length === 0) return;
    const keys = new Map<string, RowKey | Fault>();
    let opened = 0;
    for (const row of rows) {
      if (!isRow(row)) continue;
      for (const column of sealedColumns) {
        const sealed = row[column];
        if (!Buffer.isBuffer(sealed)) continue;
        const id = sealed.subarray(1, HEAD).toString('hex');
        const key = keys.get(id) ?? (await this.#find(id));
        keys.set(id, key);
        openRow(row, sealed, key);
        opened += 1;
        if (opened % AT_ONCE === 0) await nextTurn();
      }
    }
  }

  async #find(id: string): Promise<RowKey | Fault> {
    try {
      return await this.#keys.open([id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-'));
    } catch (error) {
      // Why: one locked workspace must not keep others from being read with it.
      if (isFault(error, 'forbidden')) return error;
      throw error;
    }
  }
}

function openRow(row: Row, sealed: Buffer, key: RowKey | Fault): void {
  const found = hiddenKindOf(sealed[0]);
  if (found === undefined) throw new Fault('internal', 'RowUnreadable', `A row is sealed in form ${String(sealed[0])}, which this version does not know.`);
  if (key instanceof Fault) {
    closedRows.add(row);
    for (const column of Object.keys(found.kind.columns)) Object.defineProperty(row, column, { configurable: true, enumerable: true, get: () => refuse(key) });
    return;
  }
  Object.assign(row, parseMembers(key.open(sealed.subarray(HEAD), placeOf(found.name)).toString('utf8')));
}

function refuse(fault: Fault): never {
  throw fault;
}

function parseMembers(text: string): JsonObject {
  const members: unknown = JSON.parse(text);
  if (!isJsonObject(members)) throw new Fault('internal', 'RowUnreadable', 'A sealed row is no JSON object.');
  return members;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}
