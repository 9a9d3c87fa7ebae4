// What is done to a series before it is drawn: smoothing, the axis, CSV.

import type { Series, SeriesPoint } from '../../api/types.ts';

export type XAxis = 'step' | 'time' | 'relative';

/** Exponential moving average, corrected for its start; 0 changes nothing. Gaps (NaN, ±∞) stay gaps and weigh nothing. */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values];
  let average = 0;
  let debias = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = average * weight + (1 - weight) * value;
    debias = debias * weight + (1 - weight);
    return average / debias;
  });
}

/** X of each point: step, seconds since the epoch, or seconds since `origin` (ms). */
export function xValues(points: readonly SeriesPoint[], axis: XAxis, origin: number): number[] {
  return points.map((point) => (axis === 'step' ? point.step : axis === 'time' ? point.timestamp / 1000 : (point.timestamp - origin) / 1000));
}

/** The points sorted so that x never falls, which the chart needs. */
export function ordered(points: readonly SeriesPoint[], axis: XAxis): readonly SeriesPoint[] {
  return points.toSorted((a, b) => (axis === 'step' ? a.step - b.step || a.timestamp - b.timestamp : a.timestamp - b.timestamp || a.step - b.step));
}

/** The steps of the points within [min, max] of x, or undefined when there is none. */
export function stepsWithin(points: readonly SeriesPoint[], x: readonly number[], min: number, max: number): { readonly from: number; readonly to: number } | undefined {
  const steps = points.filter((_, i) => (x[i] ?? Number.NaN) >= min && (x[i] ?? Number.NaN) <= max).map((point) => point.step);
  return steps.length === 0 ? undefined : { from: Math.min(...steps), to: Math.max(...steps) };
}

/** `step,timestamp,value` lines; RFC 4180. */
export function seriesCsv(series: Series): string {
  return ['step,timestamp,value', ...series.points.map((point) => `${point.step},${new Date(point.timestamp).toISOString()},${point.value}`)].join('\r\n');
}
