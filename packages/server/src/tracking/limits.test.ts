import { describe, expect, test } from 'vitest';
import { parseArtifactPath } from './artifact-path.ts';
import { checkBatchSizes, checkKey, dateOf, isInt64 } from './limits.ts';
import { offsetOf, pageOf } from './paging.ts';
import { isLike } from './search-memory.ts';

describe('keys', () => {
  test.each(['loss', 'train/loss', 'a b', 'größe', 'a.b-c_d:e', 'x'.repeat(250)])('accepts %s', (key) => {
    expect(() => checkKey('metric', key, 'key')).not.toThrow();
  });
  test.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a/./b', '.', 'a\n', 'a$b', 'x'.repeat(251)])('refuses %j', (key) => {
    expect(() => checkKey('metric', key, 'key')).toThrow();
  });
});

describe('artifact paths', () => {
  test.each([
    ['', ''],
    ['a/b.txt', 'a/b.txt'],
    ['a/', 'a'],
    ['100%.txt', '100%.txt'],
    ['päper ünd.txt', 'päper ünd.txt'],
    ['..a/b..', '..a/b..'],
  ])('%j', (path, clean) => {
    expect(parseArtifactPath(path)).toBe(clean);
  });
  test.each([
    '..',
    '../x',
    'a/../b',
    'a/..',
    '/etc',
    '%2e%2e/x',
    '%252e%252e/x',
    'a%2f..%2fb',
    '%2Fetc',
    'C:/x',
    'c%3A\\x',
    'a\\b',
    'a%5c..%5cb',
    'a#b',
    'a//b',
    './a',
    'a\u0000b',
    'a%00b',
    'x'.repeat(1001),
  ])('refuses %j', (path) => {
    expect(() => parseArtifactPath(path)).toThrow('Invalid path');
  });
});

test('batches are limited by kind and together', () => {
  expect(() => checkBatchSizes({ metrics: 1000, params: 0, tags: 0 })).not.toThrow();
  expect(() => checkBatchSizes({ metrics: 1001, params: 0, tags: 0 })).toThrow('1000 metrics');
  expect(() => checkBatchSizes({ metrics: 0, params: 101, tags: 0 })).toThrow('100 params');
  expect(() => checkBatchSizes({ metrics: 950, params: 51, tags: 0 })).toThrow('together');
});

test('times and whole numbers stay within what the database and JSON can hold', () => {
  expect(dateOf(0, 't').getTime()).toBe(0);
  for (const bad of [-1, 0.5, 1e18, Number.NaN]) expect(() => dateOf(bad, 't')).toThrow('milliseconds');
  expect(isInt64(-(2 ** 62))).toBe(true);
  expect(isInt64(2 ** 63)).toBe(false);
});

test('page tokens belong to their query', () => {
  const page = pageOf([1, 2, 3], 0, 2, ['q']);
  expect(page.items).toEqual([1, 2]);
  expect(offsetOf(page.next, ['q'])).toBe(2);
  expect(() => offsetOf(page.next, ['other'])).toThrow('page token');
  expect(() => offsetOf('nonsense', ['q'])).toThrow('page token');
  expect(pageOf([1, 2], 0, 2, ['q']).next).toBeUndefined();
});

test.each([
  ['abc', 'a%', true],
  ['abc', '%c', true],
  ['abc', '_b_', true],
  ['abc', 'A%', false],
  ['a%c', 'a%c', true],
  ['', '%', true],
  ['abc', 'ab', false],
  ['aXbXc', 'a%b%c', true],
])('%s like %s', (text, pattern, isMatch) => {
  expect(isLike(text, pattern, '')).toBe(isMatch);
});

test('ilike ignores case, and no pattern takes long', () => {
  expect(isLike('ABC', 'a_c', 'i')).toBe(true);
  expect(isLike('a'.repeat(5000), `${'%a'.repeat(2000)}b`, '')).toBe(false);
});
