// Symptom guarded: data and secrets uploaded that .amlignore names, or code left behind that it does not name.

import { expect, test } from 'vitest';
import { parseIgnoreRules } from './ignore-rules.ts';

test.each([
  ['*.csv', 'a/b.csv', false, true],
  ['*.csv', 'b.csv.py', false, false],
  ['data/', 'data', true, true],
  ['data/', 'data', false, false],
  ['data/', 'src/data', true, true],
  ['/data', 'src/data', true, false],
  ['a/b', 'x/a/b', false, false],
  ['**/b', 'x/y/b', false, true],
  ['a/**', 'a/b/c', false, true],
  ['a/**/z', 'a/z', false, true],
  ['a?.py', 'ab.py', false, true],
  ['a[0-9].py', 'a7.py', false, true],
  ['a[!0-9].py', 'a7.py', false, false],
  ['# x', '# x', false, false],
  ['\\#x', '#x', false, true],
  ['a.b', 'axb', false, false],
  ['*.csv\n!keep.csv', 'keep.csv', false, false],
  ['*.csv\n!keep.csv', 'other.csv', false, true],
  ['name  \r\n', 'name', false, true],
])('%j leaves out %s (folder: %s): %s', (rules, path, isFolder, expected) => {
  expect(parseIgnoreRules(rules)(path, isFolder)).toBe(expected);
});
