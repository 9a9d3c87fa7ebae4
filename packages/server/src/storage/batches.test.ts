// Sharing of statements: what begins when, who shares what, and whom a failure reaches.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SharedReads } from './shared-reads.ts';
import { SharedWrites } from './shared-writes.ts';

interface Query {
  readonly keys: readonly string[];
  answer(): void;
  fail(error: Error): void;
}

function controlledReads(): { readonly reads: SharedReads<string>; readonly queries: Query[] } {
  const queries: Query[] = [];
  const reads = new SharedReads<string>((keys) => new Promise((resolve, reject) => queries.push({ keys, answer: () => resolve(new Map(keys.map((key) => [key, `row of ${key}`]))), fail: reject })));
  return { reads, queries };
}

test('reads of one turn share a query; reads during a query share the next, and none joins one that began before it', async () => {
  const { reads, queries } = controlledReads();
  const first = [reads.find(['a']), reads.find(['b'])];
  await setImmediate();
  const later = [reads.find(['a']), reads.find(['c', 'd']), reads.find(['d', 'e'])];
  await setImmediate();
  expect(queries.map(({ keys }) => keys)).toEqual([['a', 'b']]);
  queries[0]?.answer();
  expect((await Promise.all(first)).map((found) => found.get('a'))).toEqual(['row of a', 'row of a']);
  await setImmediate();
  expect(queries[1]?.keys).toEqual(['a', 'c', 'd', 'e']);
  queries[1]?.answer();
  for (const found of await Promise.all(later)) expect(found.get('d')).toBe('row of d');
});

test('a failed query fails those who share it, and no one else', async () => {
  const { reads, queries } = controlledReads();
  const broken = reads.find(['a']);
  await setImmediate();
  const fine = reads.find(['b']);
  queries[0]?.fail(new Error('connection lost'));
  await expect(broken).rejects.toThrow('connection lost');
  await setImmediate();
  queries[1]?.answer();
  expect((await fine).get('b')).toBe('row of b');
});

test('a query takes a bounded number of keys, but the first ask whatever its size', async () => {
  const { reads, queries } = controlledReads();
  const many = (letter: string, count: number) => reads.find(Array.from({ length: count }, (_, n) => `${letter}${n}`));
  const all = [many('a', 600), many('b', 400), many('c', 400), many('d', 100)];
  for (const sizes of [[600], [600, 500], [600, 500, 400]]) {
    await setImmediate();
    expect(queries.map(({ keys }) => keys.length)).toEqual(sizes);
    queries.at(-1)?.answer();
  }
  await Promise.all(all);
});

test('writes share a statement unless they write the same row, and each hears whether its own was written', async () => {
  const statements: (readonly { readonly key: string; readonly value: number }[])[] = [];
  const writes = new SharedWrites<{ readonly key: string; readonly value: number }>(async (rows) => {
    statements.push(rows);
    return new Set(rows.filter(({ value }) => value > 0).map(({ key }) => key));
  });
  const written = await Promise.all([writes.write({ key: 'a', value: 1 }), writes.write({ key: 'b', value: 0 }), writes.write({ key: 'a', value: 2 })]);
  expect(written).toEqual([true, false, true]);
  expect(statements.map((rows) => rows.map(({ key, value }) => `${key}${value}`))).toEqual([['a1', 'b0'], ['a2']]);
});
