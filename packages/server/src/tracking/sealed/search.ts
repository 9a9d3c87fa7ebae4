// Searches of sealed workspaces: the database sees tokens only, so what is compared with what users wrote, or ordered by
// it, is opened and searched here. Other conditions stay with the database, which narrows by them first.

import type { Condition, Order } from '#storage/search-sql.ts';
import { invalidParameter } from '../faults.ts';
import { satisfies } from '../search-memory.ts';

/** Most things that one search opens. */
export const MOST_OPENED = 10_000;

type Value = string | number | undefined;

/** All values of one thing under that name: several for its datasets, none for what it has not. */
export type OpenedReader = (entity: Condition['entity'], key: string) => readonly (string | number)[];

export interface OpenedSearch {
  readonly conditions: readonly Condition[];
  readonly orders: readonly Order[];
  readonly offset: number;
  readonly limit: number;
}

/** Throws when there is more than one search opens. `narrower`: what would make it less. */
export function checkOpened(count: number, what: string, narrower: string): void {
  if (count <= MOST_OPENED) return;
  throw invalidParameter(
    `The workspace has a customer-managed key, so ${what} are opened to be searched by what is written in them, at most ${MOST_OPENED} for one search; here are more. Narrow the search by ${narrower}.`,
    'filter',
  );
}

/** `items` in the order that holds among equals. `orderReaderOf`: where the same name means another value when it orders. */
export function selectOpened<T>(items: readonly T[], readerOf: (item: T) => OpenedReader, search: OpenedSearch, orderReaderOf = readerOf): readonly T[] {
  const found = items.filter((item) => {
    const read = readerOf(item);
    return search.conditions.every((condition) => isMet(read, condition));
  });
  const readable = found.map((item) => ({ item, read: orderReaderOf(item) }));
  const ordered = search.orders.length === 0 ? readable : readable.toSorted((a, b) => compareOpened(search.orders, a.read, b.read));
  return ordered.slice(search.offset, search.offset + search.limit).map(({ item }) => item);
}

function isMet(read: OpenedReader, condition: Condition): boolean {
  const values = read(condition.entity, condition.key).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? satisfies(() => undefined, condition) : values.some((value) => satisfies(() => value, condition));
}

function compareOpened(orders: readonly Order[], a: OpenedReader, b: OpenedReader): number {
  for (const { entity, key, isAscending } of orders) {
    const [left, right] = [a(entity, key)[0], b(entity, key)[0]];
    const ranks = rankOf(left) - rankOf(right);
    if (ranks !== 0) return ranks;
    const order = compareValues(left, right);
    if (order !== 0) return isAscending ? order : -order;
  }
  return 0;
}

/** Values, then NaN, then what is not there, whichever way the values run. */
function rankOf(value: Value): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}

/** Text as bytes. */
function compareValues(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return Number.isNaN(left) ? 0 : left - right;
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
}

/** Divides a search: what the database answers, and what has to be opened. An order is one whole. */
export function divide(
  search: { readonly conditions: readonly Condition[]; readonly orders: readonly Order[] },
  isOpen: (entity: Condition['entity'], key: string) => boolean,
): { readonly plain: readonly Condition[]; readonly hidden: readonly Condition[]; readonly needsOpening: boolean } {
  const plain = search.conditions.filter(({ entity, key }) => isOpen(entity, key));
  const hidden = search.conditions.filter(({ entity, key }) => !isOpen(entity, key));
  return { plain, hidden, needsOpening: hidden.length > 0 || search.orders.some(({ entity, key }) => !isOpen(entity, key)) };
}
