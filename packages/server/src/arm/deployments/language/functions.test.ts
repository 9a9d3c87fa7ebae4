// The template functions, case by case. Expected values are Azure's own, where its documentation gives them.

import { describe, expect, test } from 'vitest';
import type { Json } from '#kernel/json.ts';
import { evaluateText } from './evaluate.ts';
import { Meter, type RuntimeCall, RuntimeNeeded, type Scope } from './scope.ts';
import { templateScope, noResources } from '../template/template-scope.ts';
import { parseTemplate } from '../template/template.ts';
import { toySite } from '../testing/toy-site.ts';

const template = parseTemplate({
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  resources: [],
  variables: {
    list: ['a', 'b', 'c'],
    thing: { Name: 'x', inner: { deep: [1, 2] } },
    copy: [{ name: 'squares', count: 3, input: "[mul(copyIndex('squares'), copyIndex('squares'))]" }],
    loop: "[variables('loop')]",
  },
  functions: [{ namespace: 'my', members: { twice: { parameters: [{ name: 'text', type: 'string' }], output: { type: 'string', value: "[concat(parameters('text'), parameters('text'))]" } } } }],
});

const scope: Scope = templateScope({
  template,
  site: toySite,
  parameters: new Map<string, Json>([
    ['env', 'Dev'],
    ['count', 3],
    ['nothing', null],
  ]),
  resources: noResources,
  impure: { now: () => Date.parse('2026-01-31T10:20:30.123Z'), guid: () => '11111111-2222-3333-4444-555555555555' },
});

const value = (expression: string) => evaluateText(`[${expression}]`, { ...scope, meter: new Meter() });

const cases: readonly (readonly [string, Json])[] = [
  // literals, members, letter case
  ["PARAMETERS('Env')", 'Dev'],
  ["parameters('env')", 'Dev'],
  ["variables('thing').name", 'x'],
  ["variables('thing')['inner'].deep[1]", 2],
  ["'it''s'", "it's"],
  ['-5', -5],
  ["variables('squares')", [0, 1, 4]],
  ["my.twice('ab')", 'abab'],
  // arrays
  ["array('a')", ['a']],
  ["array(createArray('a'))", ['a']],
  ["concat('a', 1, 'b')", 'a1b'],
  ['concat(createArray(1), createArray(2, 3))', [1, 2, 3]],
  ["contains('OneTwo', 'Two')", true],
  ['contains(createArray(1, 2), 2)', true],
  ["contains(variables('thing'), 'NAME')", true],
  ["empty('')", true],
  ['empty(createObject())', true],
  ['empty(null())', true],
  ["first('abc')", 'a'],
  ["last(variables('list'))", 'c'],
  ["length(variables('thing'))", 2],
  ["indexOf('Test', 'T')", 0],
  ["lastIndexOf('Test', 't')", 3],
  ["indexFromEnd(variables('list'), 1)", 'c'],
  ["tryIndexFromEnd(variables('list'), 9)", null],
  ["tryGet(variables('thing'), 'inner', 'deep', 0)", 1],
  ["tryGet(variables('thing'), 'missing', 'deep')", null],
  ['range(5, 3)', [5, 6, 7]],
  ["skip(variables('list'), 1)", ['b', 'c']],
  ["take('abc', 2)", 'ab'],
  ['flatten(createArray(createArray(1), createArray(2, 3)))', [1, 2, 3]],
  ['intersection(createArray(1, 2, 3), createArray(3, 1))', [1, 3]],
  ["union(createObject('a', 1, 'b', createObject('c', 1)), createObject('b', createObject('d', 2)))", { a: 1, b: { c: 1, d: 2 } }],
  ['union(createArray(1, 2), createArray(2, 3))', [1, 2, 3]],
  ['min(createArray(0, 3, 2))', 0],
  ['max(0, 3, 2)', 3],
  // strings
  ["base64('one, two, three')", 'b25lLCB0d28sIHRocmVl'],
  ["base64ToString('b25lLCB0d28sIHRocmVl')", 'one, two, three'],
  ['base64ToJson(base64(\'{"a":1}\'))', { a: 1 }],
  ["dataUri('Hello')", 'data:text/plain;charset=utf8;base64,SGVsbG8='],
  ["dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", 'Hello, World!'],
  ["endsWith('abcdef', 'EF')", true],
  ["startsWith('abcdef', 'AB')", true],
  ["format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)", 'Hello, User. Formatted number: 8,175,133'],
  ["format('{0:D3}-{1,4}|{{}}', 7, 'x')", '007-   x|{}'],
  ["guid('a', 'b')", '2d796349-8c7e-55ec-9624-54ece82ed031'],
  ["uniqueString('test')", 'rbgf3xv4ufgzg'],
  ["uniqueString('hello', 'world')", 'a7wkljktk6wne'],
  ["uniqueString('abc')", 'cgtzqvhu4i23s'],
  ["uniqueString('/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg')", 'bmg7c6xu4tw46'],
  ["uniqueString('foo', 'bar', 'baz')", 'xzi4ioaxtmth4'],
  ['newGuid()', '11111111-2222-3333-4444-555555555555'],
  ["join(createArray('one', 'two', 'three'), ',')", 'one,two,three'],
  ['json(\'{"a":"b"}\')', { a: 'b' }],
  ["json('true')", true],
  ["padLeft('123', 10, '0')", '0000000123'],
  ["replace('123-123-1234', '-', '')", '1231231234'],
  ["split('one;two,three', createArray(',', ';'))", ['one', 'two', 'three']],
  ["string(createObject('a', 1))", '{"a":1}'],
  ['string(5)', '5'],
  ["substring('one two three', 4, 3)", 'two'],
  ["toLower('One')", 'one'],
  ["toUpper('One')", 'ONE'],
  ["trim('  one ')", 'one'],
  ["uri('http://contoso.com/resources/', 'nested/azuredeploy.json')", 'http://contoso.com/resources/nested/azuredeploy.json'],
  ["uriComponent('http://contoso.com/a b')", 'http%3A%2F%2Fcontoso.com%2Fa%20b'],
  ["uriComponentToString('http%3A%2F%2Fx')", 'http://x'],
  ["parseUri('https://mystorage.blob.core.windows.net:8080/a?b=1').port", 8080],
  ["buildUri(createObject('scheme', 'https', 'host', 'h.net', 'path', 'x'))", 'https://h.net/x'],
  // objects, comparison, logic
  ["objectKeys(createObject('b', 1, 'a', 2))", ['a', 'b']],
  [
    "items(createObject('b', 1, 'a', 2))",
    [
      { key: 'a', value: 2 },
      { key: 'b', value: 1 },
    ],
  ],
  ["shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))", { a: 2 }],
  ["coalesce(null(), parameters('nothing'), 'x')", 'x'],
  ["equals(createObject('a', 1), createObject('a', 1))", true],
  ["equals('a', 'A')", false],
  ['less(1, 2)', true],
  ["greaterOrEquals('a', 'b')", false],
  ["If(bool('1'), 'yes', fail('no'))", 'yes'],
  ["and(false(), fail('lazy'))", false],
  ["or(true(), fail('lazy'))", true],
  ['not(true)', false],
  ["if('true', 1, 2)", 1],
  // numbers
  ['add(5, 3)', 8],
  ['div(8, 3)', 2],
  ['mod(7, 3)', 1],
  ['mul(5, 3)', 15],
  ['sub(7, 3)', 4],
  ["int('42')", 42],
  ["float('1.5')", 1.5],
  // dates
  ['utcNow()', '20260131T102030Z'],
  ["utcNow('d')", '01/31/2026'],
  ["dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", '2023-04-07T14:53:14Z'],
  ["dateTimeAdd('2026-01-31T00:00:00Z', 'P1M')", '2026-02-28T00:00:00Z'],
  ["dateTimeAdd('2024-02-29T00:00:00Z', '-P1Y')", '2023-02-28T00:00:00Z'],
  ["dateTimeAdd('2020-04-07T14:53:14Z', '-P9D', 'yyyy-MM-dd')", '2020-03-29'],
  ["dateTimeAdd('20200407T145314Z', 'PT1H', 'u')", '2020-04-07 15:53:14Z'],
  ["dateTimeToEpoch('2023-04-07T14:53:14Z')", 1680879194],
  ['dateTimeFromEpoch(1680879194)', '2023-04-07T14:53:14Z'],
  // lambdas
  ["map(range(0, 3), lambda('i', mul(lambdaVariables('i'), 2)))", [0, 2, 4]],
  ["map(variables('list'), lambda('x', 'i', concat(lambdaVariables('x'), string(lambdaVariables('i')))))", ['a0', 'b1', 'c2']],
  ["filter(range(0, 6), lambda('i', greater(lambdaVariables('i'), 3)))", [4, 5]],
  ["reduce(range(1, 4), 0, lambda('cur', 'next', add(lambdaVariables('cur'), lambdaVariables('next'))))", 10],
  ["sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))", [1, 2, 3]],
  ["toObject(createArray('a', 'b'), lambda('e', lambdaVariables('e')), lambda('e', toUpper(lambdaVariables('e'))))", { a: 'A', b: 'B' }],
  ["groupBy(createArray('foo', 'bar', 'baz'), lambda('x', substring(lambdaVariables('x'), 0, 1)))", { f: ['foo'], b: ['bar', 'baz'] }],
  ["mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))", { a: 2 }],
  ["map(createArray(1, 2), lambda('x', map(createArray(10), lambda('y', add(lambdaVariables('x'), lambdaVariables('y'))))))", [[11], [12]]],
  // address ranges
  ["parseCidr('10.144.0.0/20')", { network: '10.144.0.0', netmask: '255.255.240.0', broadcast: '10.144.15.255', firstUsable: '10.144.0.1', lastUsable: '10.144.15.254', cidr: 20 }],
  ["cidrSubnet('10.144.0.0/20', 24, 0)", '10.144.0.0/24'],
  ["cidrSubnet('10.144.0.0/20', 24, 2)", '10.144.2.0/24'],
  ["cidrHost('10.144.3.0/24', 1)", '10.144.3.2'],
  ["cidrSubnet('fdad:3236:5555::/48', 52, 1)", 'fdad:3236:5555:1000::/52'],
  ["parseCidr('fdad:3236:5555:3000::/52').lastUsable", 'fdad:3236:5555:3fff:ffff:ffff:ffff:ffff'],
  // ids and place
  ["resourceId('Toy.Shop/gadgets/parts', 'g', 'p')", `${toySite.scopeId}/providers/Toy.Shop/gadgets/g/parts/p`],
  ["resourceId('other', 'Toy.Shop/gadgets', 'g')", `/subscriptions/${toySite.subscriptionId}/resourceGroups/other/providers/Toy.Shop/gadgets/g`],
  ["subscriptionResourceId('Microsoft.Resources/resourceGroups', 'x')", `/subscriptions/${toySite.subscriptionId}/resourceGroups/x`],
  ["extensionResourceId(resourceId('Toy.Shop/gadgets', 'g'), 'Toy.Paper/notes', 'n')", `${toySite.scopeId}/providers/Toy.Shop/gadgets/g/providers/Toy.Paper/notes/n`],
  ["tenantResourceId('A.B/c', 'd')", '/providers/A.B/c/d'],
  ['resourceGroup().location', 'here'],
  ['subscription().subscriptionId', toySite.subscriptionId],
  ['tenant().tenantId', 'tenant-1'],
  ['deployment().name', 'main'],
  ['environment().suffixes.storage', 'toys.localhost'],
  ["pickZones('a', 'b', 'c')", []],
];

describe('template functions', () => {
  test.each(cases)('%s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ["nosuch('a')", /'nosuch' is not valid/],
    ["parameters('absent')", /parameter 'absent' is not found/],
    ["variables('loop')", /refers to itself/],
    ["variables('thing').missing", /property 'missing' doesn't exist, available properties are 'Name, inner'/],
    ["variables('list')[7]", /out of bounds/],
    ["concat('a'", /unable to parse/],
    ["add('1', 2)", /expects its parameter 1 to be an integer, but received a string/],
    ['div(1, 0)', /divide by zero/],
    ["substring('abc', 2, 5)", /out of range/],
    ["toLower('a', 'b')", /expects 1 parameters, but received 2/],
    ["resourceId('Toy.Shop/gadgets/parts', 'g')", /incorrect segment lengths/],
    ['copyIndex()', /not expected at this location/],
    ["map(createArray(1), 'x')", /expects its parameter 2 to be a lambda/],
    ["json('{')", /not JSON/],
    ['range(0, 100000)', /0 to 10000/],
    ["reduce(range(0, 60), 'x', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))", /too expensive/],
    ["fail('because')", /because/],
    ["reference('nowhere')", /not defined in the template/],
  ];
  test.each(mistakes)('%s is refused', (expression, message) => {
    expect(() => value(expression)).toThrow(message);
  });

  test('ask for what they read of resources, with the api-version given', () => {
    const asked = (expression: string): RuntimeCall | undefined => {
      try {
        value(expression);
      } catch (error) {
        if (error instanceof RuntimeNeeded) return error.call;
        throw error;
      }
      return undefined;
    };
    expect(asked("reference('/subscriptions/s/x', '2024-01-01').y")).toEqual({ kind: 'read', id: '/subscriptions/s/x', apiVersion: '2024-01-01' });
    expect(asked("listKeys('/subscriptions/s/x', '2024-01-01').keys[0]")).toEqual({ kind: 'action', id: '/subscriptions/s/x', apiVersion: '2024-01-01', action: 'listKeys' });
  });

  test('strings that are no expressions stay as they are', () => {
    expect([evaluateText('[[x]', scope), evaluateText('[', scope), evaluateText('[a] b', scope), evaluateText('', scope)]).toEqual(['[x]', '[', '[a] b', '']);
  });
});
