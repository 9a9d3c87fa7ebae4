import { expect, test } from 'vitest';
import { ordered, seriesCsv, smooth, stepsWithin, xValues } from './smoothing.ts';

const points = [
  { step: 0, timestamp: 1000, value: 1 },
  { step: 1, timestamp: 3000, value: 0.5 },
  { step: 2, timestamp: 4000, value: 0.25 },
];

test('no weight changes nothing, a constant stays itself, gaps stay gaps', () => {
  expect(smooth([1, 2, 3], 0)).toEqual([1, 2, 3]);
  for (const value of smooth([5, 5, 5], 0.9)) expect(value).toBeCloseTo(5);
  const gapped = smooth([1, Number.NaN, 1], 0.5);
  expect(gapped[1]).toBeNaN();
  expect(gapped[2]).toBeCloseTo(1);
});

test('x by step, time and since the start', () => {
  expect(xValues(points, 'step', 0)).toEqual([0, 1, 2]);
  expect(xValues(points, 'time', 0)).toEqual([1, 3, 4]);
  expect(xValues(points, 'relative', 1000)).toEqual([0, 2, 3]);
});

test('a zoom on any axis is a window of steps', () => {
  expect(stepsWithin(points, xValues(points, 'relative', 1000), 1, 3)).toEqual({ from: 1, to: 2 });
  expect(stepsWithin(points, [0, 1, 2], 5, 6)).toBeUndefined();
});

test('x never falls', () => {
  expect(
    ordered(
      [points[2], points[0], points[1]].filter((point) => point !== undefined),
      'step',
    ),
  ).toEqual(points);
});

test('CSV has a header and ISO times', () => {
  expect(seriesCsv({ key: 'loss', total: 3, points }).split('\r\n')).toEqual([
    'step,timestamp,value',
    '0,1970-01-01T00:00:01.000Z,1',
    '1,1970-01-01T00:00:03.000Z,0.5',
    '2,1970-01-01T00:00:04.000Z,0.25',
  ]);
});
