import { expect, test } from 'vitest';
import { isFault } from '#kernel/faults.ts';
import type { Json } from '#kernel/json.ts';
import { evaluateCondition } from './evaluate.ts';
import { checkExpression } from './expression.ts';
import type { PolicySubject } from './field.ts';
import { readRule } from './rule.ts';

const subject: PolicySubject = {
  id: '/subscriptions/s/resourceGroups/g/providers/Toy.Shop/gadgets/one',
  name: 'one',
  nestedName: 'one',
  type: 'Toy.Shop/gadgets',
  location: 'here',
  kind: undefined,
  tags: { Env: 'Test' },
  sku: { name: 'Basic' },
  identity: undefined,
  properties: {
    color: 'Green',
    engine: { volts: 3 },
    doors: [
      { width: 2, keys: ['a', 'b'] },
      { width: 3, keys: [] },
    ],
  },
};

function holds(condition: Json, parameters: Readonly<Record<string, Json>> = {}): boolean {
  const rule = readRule({ if: condition, then: { effect: 'deny' } });
  return evaluateCondition(rule.when, subject, new Map(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value]))).holds;
}

test.each<[string, Json, boolean]>([
  ['letter case does not count', { field: 'tags.env', equals: 'TEST' }, true],
  ['what is not there equals nothing', { field: 'kind', notEquals: 'x' }, true],
  ['exists', { field: "tags['env']", exists: true }, true],
  ['exists as a text', { field: 'tags[owner]', exists: 'false' }, true],
  ['in', { field: 'location', in: ['there', 'HERE'] }, true],
  ['notIn', { field: 'location', notIn: ['here'] }, false],
  ['like', { field: 'name', like: 'o*e' }, true],
  ['notLike', { field: 'name', notLike: 'x*' }, true],
  ['an alias', { field: 'toy.shop/gadgets/engine.volts', equals: 3 }, true],
  ['the alias of another type', { field: 'Toy.Shop/widgets/color', exists: true }, false],
  ['a sku', { field: 'Toy.Shop/gadgets/sku.name', in: ['basic'] }, true],
  ['every member', { field: 'Toy.Shop/gadgets/doors[*].width', notEquals: 7 }, true],
  ['every member, and one is not', { field: 'Toy.Shop/gadgets/doors[*].width', equals: 2 }, false],
  ['some member', { not: { field: 'Toy.Shop/gadgets/doors[*].width', notEquals: 3 } }, true],
  ['members of members', { field: 'Toy.Shop/gadgets/doors[*].keys[*]', in: ['a', 'b'] }, true],
  ['members of what is no list', { field: 'Toy.Shop/gadgets/windows[*].width', equals: 1 }, true],
  ['containsKey', { field: 'tags', containsKey: 'env' }, true],
  [
    'not, allOf, anyOf',
    {
      not: {
        allOf: [
          { field: 'name', equals: 'one' },
          {
            anyOf: [
              { value: 1, equals: 2 },
              { field: 'type', contains: 'widget' },
            ],
          },
        ],
      },
    },
    true,
  ],
])('%s', (_name, condition, expected) => {
  expect(holds(condition)).toBe(expected);
});

test('parameters are put into fields and targets', () => {
  const condition = {
    allOf: [
      { field: "[concat('tags[', parameters('tagName'), ']')]", equals: "[parameters('tagValue')]" },
      { field: 'location', in: "[parameters('places')]" },
    ],
  };
  expect(holds(condition, { tagName: 'env', tagValue: 'test', places: ['here'] })).toBe(true);
  expect(holds(condition, { tagName: 'env', tagValue: 'test', places: ['there'] })).toBe(false);
});

test.each<[string, Json, string]>([
  ['count', { count: { field: 'x[*]' }, equals: 1 }, "'if.count' is not known"],
  ['match', { field: 'name', match: 'a##' }, "'if.match' is not known"],
  ['no operator', { field: 'name' }, 'compares with nothing'],
  ['an empty list', { allOf: [] }, 'must be a list of conditions'],
])('refused by name: %s', (_name, condition, message) => {
  expect(() => holds(condition)).toThrow(message);
});

test('effects and functions of Azure that are not carried out are refused by name', () => {
  expect(() => readRule({ if: { field: 'name', equals: 'x' }, then: { effect: 'deployIfNotExists' } })).toThrow("'deployIfNotExists' is not carried out");
  expect(() => readRule({ if: { field: 'name', equals: 'x' }, then: { effect: 'deny', details: {} } })).toThrow("the member 'details'");
  expect(() => checkExpression("[resourceGroup().tags['a']]")).toThrow("'resourceGroup' is not available");
  expect(checkExpression("[concat(parameters('a'), if(true, parameters('b'), ''))]")).toEqual(['a', 'b']);
  let fault: unknown;
  try {
    checkExpression('[concat(]');
  } catch (error) {
    fault = error;
  }
  expect(isFault(fault, 'invalid')).toBe(true);
});
