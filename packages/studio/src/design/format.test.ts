import { expect, test } from 'vitest';
import { duration, isoDuration, metricValue, relativeTime, size } from './format.ts';

test('times near now are relative, older ones are dates', () => {
  const now = Date.UTC(2026, 5, 15, 12);
  expect(relativeTime(now - 3000, now)).toBe('just now');
  expect(relativeTime(now - 59_000, now)).toBe('59 s ago');
  expect(relativeTime(now - 61 * 60_000, now)).toBe('1 h ago');
  expect(relativeTime(now + 5 * 60_000, now)).toBe('in 5 min');
  expect(relativeTime(now - 400 * 86_400_000, now)).toMatch(/2025/);
});

test('durations keep two units', () => {
  expect(duration(0)).toBe('0 s');
  expect(duration(40)).toBe('< 0.1 s');
  expect(duration(400)).toBe('0.4 s');
  expect(duration(9_999)).toBe('10 s');
  expect(duration(252_000)).toBe('4 min 12 s');
  expect(duration(3_600_000 * 2 + 300_000)).toBe('2 h 05 min');
  expect(duration(86_400_000 * 3)).toBe('3 d 0 h');
});

test('the durations of the wire are said in words', () => {
  expect(isoDuration('PT900S')).toBe('15 min');
  expect(isoDuration('PT1H30M')).toBe('1 h 30 min');
  expect(isoDuration('P1D')).toBe('1 d');
  expect(isoDuration('PT20S')).toBe('20 s');
  expect(isoDuration('PT2H')).toBe('2 h');
  expect(isoDuration('soon')).toBe('soon');
});

test('sizes are binary and never 1024 of a unit', () => {
  expect(size(0)).toBe('0 B');
  expect(size(1024 * 1024 - 1)).toBe('1.0 MiB');
  expect(size(23.4 * 1024 * 1024)).toBe('23 MiB');
});

test('metric values are short but not wrong', () => {
  expect(metricValue(0.987654321)).toBe('0.98765');
  expect(metricValue(0.00001234)).toBe('1.234e-5');
  expect(metricValue(1200)).toBe('1,200');
  expect(metricValue(Number.NaN)).toBe('NaN');
});
