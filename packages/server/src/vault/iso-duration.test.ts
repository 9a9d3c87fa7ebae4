// Durations of rotation policies.

import { expect, test } from 'vitest';
import { addDuration, daysOf, parseDuration } from './iso-duration.ts';

test.each([
  ['P90D', '2026-01-31T00:00:00Z', 1, '2026-05-01T00:00:00.000Z'],
  ['P1M', '2026-01-31T00:00:00Z', 1, '2026-02-28T00:00:00.000Z'],
  ['P1Y', '2024-02-29T12:00:00Z', 1, '2025-02-28T12:00:00.000Z'],
  ['P1Y6M', '2026-11-22T01:00:00Z', 1, '2028-05-22T01:00:00.000Z'],
  ['P2W', '2026-01-01T00:00:00Z', -1, '2025-12-18T00:00:00.000Z'],
] as const)('%s from %s', (text, from, sign, expected) => {
  expect(addDuration(new Date(from), parseDuration(text, 'x'), sign).toISOString()).toBe(expected);
});

test.each(['', 'P', '90D', 'P1H', 'PT1H', 'P-1D', 'P1.5D'])('%s is refused', (text) => {
  expect(() => parseDuration(text, 'expiryTime')).toThrow(/expiryTime/);
});

test('months count by the year', () => {
  expect(daysOf(parseDuration('P1Y', 'x'))).toBe(365);
  expect(daysOf(parseDuration('P2M', 'x'))).toBe(60);
});
