import { expect, test } from 'vitest';
import { SharedReads } from './shared-reads.ts';

interface Query {
  readonly keys: readonly string[];
  answer(): void;
  fail(error: Error): void;
}

function controlled(): { readonly reads: SharedReads<string>; readonly queries: Query[] } {
  const queries: Query[] = [];
  const reads = new SharedReads<string>((keys) => new Promise((resolve, reject) => queries.push({ keys, answer: () => resolve(new Map(keys.map((key) => [key, `row of ${key}`]))), fail: reject })));
  return { reads, queries };
}

test('a lone read starts at once; reads during queries share the next', async () => {
  const { reads, queries } = controlled();
  const first = reads.find(['a']);
  const second = reads.find(['b']);
  expect(queries.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
  const later = [reads.find(['c', 'd']), reads.find(['d', 'e'])];
  expect(queries).toHaveLength(2);
  queries[0]?.answer();
  expect((await first).get('a')).toBe('row of a');
  await Promise.resolve();
  expect(queries[2]?.keys).toEqual(['c', 'd', 'e']);
  queries[2]?.answer();
  queries[1]?.answer();
  expect((await second).get('b')).toBe('row of b');
  for (const found of await Promise.all(later)) expect(found.get('d')).toBe('row of d');
});

test('a read never joins a query that began before it', async () => {
  const { reads, queries } = controlled();
  const before = reads.find(['a']);
  const after = reads.find(['a']);
  expect(queries).toHaveLength(2);
  for (const query of queries) query.answer();
  expect((await Promise.all([before, after])).map((found) => found.get('a'))).toEqual(['row of a', 'row of a']);
});

test('a failed query fails those who share it, and no one else', async () => {
  const { reads, queries } = controlled();
  const broken = reads.find(['a']);
  const fine = reads.find(['b']);
  const next = reads.find(['c']);
  queries[0]?.fail(new Error('connection lost'));
  await expect(broken).rejects.toThrow('connection lost');
  queries[1]?.answer();
  expect((await fine).get('b')).toBe('row of b');
  queries[2]?.answer();
  expect((await next).get('c')).toBe('row of c');
});

test('a query takes a bounded number of keys', async () => {
  const { reads, queries } = controlled();
  const all = [reads.find(['x']), reads.find(['y']), reads.find(Array.from({ length: 400 }, (_, n) => `k${n}`)), reads.find(Array.from({ length: 400 }, (_, n) => `l${n}`))];
  queries[0]?.answer();
  await all[0];
  await Promise.resolve();
  expect(queries[2]?.keys).toHaveLength(400);
  queries[1]?.answer();
  queries[2]?.answer();
  await all[2];
  await Promise.resolve();
  expect(queries[3]?.keys).toHaveLength(400);
  queries[3]?.answer();
  await Promise.all(all);
});
