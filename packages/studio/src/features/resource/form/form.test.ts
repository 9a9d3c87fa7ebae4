import { expect, test } from 'vitest';
import { applyChanges, changesBetween, clashes, withValue } from './changes.ts';
import { isCovered, kindOf } from './schema-kind.ts';

const cluster = { type: 'object', required: ['computeType', 'size'], properties: { computeType: { const: 'Cluster', type: 'string' }, size: { type: 'string' } } } as const;
const box = { type: 'object', required: ['computeType'], properties: { computeType: { const: 'Box', type: 'string' } } } as const;

test('each schema has its kind of field', () => {
  expect(kindOf({ anyOf: [{ const: 'Enabled' }, { const: 'Disabled' }] })).toEqual({ kind: 'choice', options: ['Enabled', 'Disabled'] });
  expect(kindOf({ type: 'integer', minimum: 1 })).toMatchObject({ kind: 'number', isWhole: true, minimum: 1 });
  expect(kindOf({ type: 'array', items: { type: 'string' } })).toEqual({ kind: 'texts' });
  expect(kindOf({ type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } }).kind).toBe('json');
  expect(kindOf({ anyOf: [{ type: 'string' }, { type: 'null' }] }).kind).toBe('text');
  expect(kindOf({ anyOf: [cluster, box] })).toMatchObject({ kind: 'variant', tag: 'computeType', options: ['Cluster', 'Box'] });
  expect(kindOf({ anyOf: [cluster, { type: 'object', properties: { computeType: { enum: ['Old', 'Older'] } } }] })).toMatchObject({ kind: 'variant', options: ['Cluster'] });
  const both = kindOf({ allOf: [cluster, { type: 'object', properties: { more: { type: 'boolean' } } }] });
  expect(both.kind === 'object' ? both.members.map(([name]) => name) : []).toEqual(['computeType', 'size', 'more']);
  expect(kindOf({}).kind).toBe('json');
});

test('pointers cover what they select and what is below', () => {
  expect([isCovered(['/a'], ['a', 'b']), isCovered(['/a/*/c'], ['a', 'x', 'c']), isCovered(['/a/b'], ['a']), isCovered([], ['a'])]).toEqual([true, true, false, false]);
});

test('changes are leaves, go over what another did, and tell where both touched the same', () => {
  const base = { a: 1, b: { c: 'x', d: [1] } };
  const mine = changesBetween(base, { a: 2, b: { c: 'x', d: [1, 2] } });
  expect(mine.map(({ path }) => path.join('.'))).toEqual(['a', 'b.d']);
  const theirs = { b: { c: 'y', d: [1] }, a: 3 };
  expect(applyChanges(theirs, mine)).toEqual({ a: 2, b: { c: 'y', d: [1, 2] } });
  expect(clashes(mine, changesBetween(base, theirs)).map(({ path }) => path.join('.'))).toEqual(['a']);
  expect(changesBetween({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } })).toEqual([]);
  expect(withValue({ a: { b: 1 } }, ['a', 'b'], undefined)).toEqual({ a: {} });
});
