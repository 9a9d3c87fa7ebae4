import { expect, test } from 'vitest';
import { describeSyntaxError } from './json-fault.ts';

function describe(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return describeSyntaxError(error, text);
  }
  throw new Error('it is JSON');
}

test.each([
  ['x', 'an unexpected character at line 1, column 1.'],
  ['{"a":}', 'an unexpected character at line 1, column 6.'],
  ['{\n  "secret": "s3cret",\n  "b": nil\n}', 'an unexpected character at line 3, column 9.'],
  ['{a: 1}', 'an unexpected character at line 1, column 2.'],
  ['{"a": 1} x', 'an unexpected character at line 1, column 10.'],
  ['{"a": [1,', 'it ends too early at line 1, column 10.'],
  ['', 'it ends too early at line 1, column 1.'],
  [`[${' '.repeat(70_000)}x]`, 'an unexpected character.'],
])('%j is described by the place of its fault', (text, words) => {
  expect(describe(text)).toBe(words);
});
