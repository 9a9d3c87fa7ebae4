// What Resource Manager reads besides JSON.

import { expect, test } from 'vitest';
import { strictJson } from './relaxed-json.ts';

test.each<[string, unknown]>([
  ['{"properties": {"mode": "Incremental", template:{"a": 1}}}', { properties: { mode: 'Incremental', template: { a: 1 } } }],
  ['{ // one\n "a": "x // no comment", /* two\n lines */ "b": [1, 2,], }', { a: 'x // no comment', b: [1, 2] }],
  ["{\"a\": \"it's\", 'b': 'c'}", { a: "it's", b: 'c' }],
  ['{"a": "[concat(\'x\', y: z)]"}', { a: "[concat('x', y: z)]" }],
  ['{"a": 1e5, // big\n "b": [true, null]}', { a: 1e5, b: [true, null] }],
  ['{"a": "two\nlines"}', { a: 'two\nlines' }],
])('%s', (text, value) => {
  expect(JSON.parse(strictJson(text))).toEqual(value);
});

test.each(['{"a": b}', '{"a" 1}', '{', "{'a: 1}"])('still refused: %s', (text) => {
  expect(() => JSON.parse(strictJson(text))).toThrow(SyntaxError);
});

test('hostile texts take no longer than others of their length', () => {
  for (const piece of ['/*', '"\\', "'\\", ',', '//', 'a:']) expect(strictJson(piece.repeat(500_000)).length).toBeGreaterThan(0);
});
