// Paths, api-versions, $filter and pointers: the small grammars, without I/O.

import { describe, expect, test } from 'vitest';
import { checkApiVersion } from '../api-versions.ts';
import { parseODataFilter } from '../query/odata-filter.ts';
import { removePointer, selectPointers, setPointer } from '../body/pointers.ts';
import { createRegistry } from '../registry.ts';
import { splitPath } from './resource-id.ts';
import { toyTypes } from '../testing/toy-types.ts';

describe('a path', () => {
  test('is decoded once, segment by segment', () => {
    expect(splitPath('/a/b%20c/%25/')).toEqual(['a', 'b c', '%']);
    expect(splitPath('/')).toEqual([]);
    expect(splitPath('/subscriptions%2Fs%2FresourceGroups%2Fg/providers/a')).toEqual(['subscriptions', 's', 'resourceGroups', 'g', 'providers', 'a']);
  });

  test.each(['/a//b', '/a/../b', '/a/%2e%2e/b', '/a/b%2Fc', '/a/b%5Cc', '/a/%00', '/a/%0a', '/a/%', '/a/b%3Fc', '/subscriptions%2Fs%2F..%2Fx', `/a/${'x'.repeat(600)}`])('is refused: %s', (path) => {
    expect(() => splitPath(path)).toThrow(/not a valid resource id/);
  });
});

describe('a registry', () => {
  const registry = createRegistry(toyTypes);
  const gadget = '/Subscriptions/AAA/resourcegroups/Rg/PROVIDERS/toy.shop/Gadgets/G';

  test('gives one key to an id in any case, but for names whose case counts', () => {
    expect(registry.placeOf(gadget).key).toBe('/subscriptions/aaa/resourcegroups/rg/providers/toy.shop/gadgets/g');
    expect(registry.placeOf(`${gadget}/Parts/pOne`).key).toBe('/subscriptions/aaa/resourcegroups/rg/providers/toy.shop/gadgets/g/parts/pOne');
    expect(registry.placeOf(gadget).id).toBe('/subscriptions/AAA/resourceGroups/Rg/providers/Toy.Shop/gadgets/G');
  });

  test('knows extensions of resources, and resources that are called providers', () => {
    expect(registry.placeOf(`${gadget}/providers/Toy.Paper/notes/n`).parent?.key).toBe(registry.placeOf(gadget).key);
    const place = registry.placeOf('/subscriptions/s/resourceGroups/providers/providers/Toy.Shop/gadgets/providers/parts/providers');
    expect([place.group, place.nestedName]).toEqual(['providers', 'providers/providers']);
  });

  test('refuses a type whose parent it does not have, and a type twice', () => {
    const part = toyTypes.find((type) => type.parent !== undefined);
    expect(() => createRegistry(part === undefined ? [] : [part])).toThrow('without its parent');
    expect(() => createRegistry([...toyTypes, ...toyTypes.slice(0, 1)])).toThrow('twice');
  });
});

describe('an api-version', () => {
  const check = (query: string, since = true) => checkApiVersion(new URLSearchParams(query), since ? { since: '2020-05-01-preview' } : ['2024-01-01'], 'T');
  test('is accepted from a date on, or from a list', () => {
    expect(check('API-Version=2099-01-01')).toBe('2099-01-01');
    expect(check('api-version=2020-05-01')).toBe('2020-05-01');
    expect(check('api-version=2024-01-01', false)).toBe('2024-01-01');
    expect(() => check('api-version=2024-01-02', false)).toThrow(/supported api-versions are '2024-01-01'/);
    expect(() => check('api-version=2019-01-01')).toThrow(/No registered resource provider/);
    expect(() => check('api-version=2024-13-45')).toThrow(/is invalid/);
    expect(() => check('')).toThrow(/is required/);
  });
});

describe('$filter', () => {
  test('is read in the forms clients send', () => {
    expect(parseODataFilter("resourceType eq 'A/b' and name eq 'it''s and more'")).toEqual([
      { field: 'resourcetype', equals: ['A/b'] },
      { field: 'name', equals: ["it's and more"] },
    ]);
    expect(parseODataFilter("(name eq 'a' or name eq 'b') and atScope()")).toEqual([
      { field: 'name', equals: ['a', 'b'] },
      { call: 'atscope', argument: undefined },
    ]);
    expect(parseODataFilter("assignedTo('x')")).toEqual([{ call: 'assignedto', argument: 'x' }]);
    expect(() => parseODataFilter('name gt 3')).toThrow(/not understood/);
  });
});

describe('pointers', () => {
  const value = { a: { b: 1, c: 2 }, list: [{ s: 1 }, { s: 2 }] };
  test('select, remove and set, without changing what they are given', () => {
    expect(selectPointers(value, '/a/*')).toEqual([
      { pointer: '/a/b', value: 1 },
      { pointer: '/a/c', value: 2 },
    ]);
    expect(removePointer(value, '/list/*/s')).toEqual({ a: { b: 1, c: 2 }, list: [{}, {}] });
    expect(setPointer(value, '/x/y', 3, false)).toEqual(value);
    expect(setPointer(value, '/x/y', 3, true)).toEqual({ ...value, x: { y: 3 } });
    expect(value).toEqual({ a: { b: 1, c: 2 }, list: [{ s: 1 }, { s: 2 }] });
  });
});
