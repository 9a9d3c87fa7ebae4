// Which statements get a name: those that come again, and not without bound.

import { expect, test } from 'vitest';
import { createStatementNames } from './prepared-statements.ts';

test('a statement is named when it comes for the third time, and keeps its name', () => {
  const nameOf = createStatementNames();
  expect([nameOf('a'), nameOf('a'), nameOf('a'), nameOf('b'), nameOf('a')]).toEqual([undefined, undefined, 's0', undefined, 's0']);
});

test('names end at a bound, and what has one keeps it', () => {
  const nameOf = createStatementNames();
  const names = new Set<string | undefined>();
  for (let n = 0; n < 1000; n += 1) for (let turn = 0; turn < 4; turn += 1) names.add(nameOf(`select ${n}`));
  names.delete(undefined);
  expect(names.size).toBe(200);
  expect(nameOf('select 0')).toBe('s0');
  expect(nameOf('select 999')).toBeUndefined();
});
