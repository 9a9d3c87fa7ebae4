// Sampling of sealed metrics: what metric-store does in SQL, over opened points.

import type { Sql } from '#storage/database.ts';
import { type MetricPoint, type PointsOf, readMetricHistory, type RunPoint, type SampledPoint } from '#storage/metric-store.ts';
import { invalidParameter, quote } from '../faults.ts';

/** Most points that one series opens. */
export const MOST_POINTS = 200_000;

export interface StepWindow {
  readonly fromStep?: number;
  readonly toStep?: number;
}

/** The points of one metric of several runs. */
export async function openPoints(db: Sql, runs: readonly PointsOf[], key: string): Promise<readonly RunPoint[]> {
  const points: RunPoint[] = [];
  for (const run of runs) {
    const history = await readMetricHistory(db, run, key, { offset: 0, limit: MOST_POINTS + 1 - points.length });
    points.push(...history.map((point) => ({ ...point, runNo: run.id })));
    checkPoints(points.length, key);
  }
  return points;
}

function checkPoints(count: number, key: string): void {
  if (count <= MOST_POINTS) return;
  throw invalidParameter(
    `The workspace has a customer-managed key, so points of metrics are opened to be sampled, at most ${MOST_POINTS} of one metric; ${quote(key)} has more. Read its history in pages.`,
    'key',
  );
}

/** See samplePoints of metric-store. `points` of one key. */
export function sampleOpened(points: readonly MetricPoint[], window: StepWindow & { readonly maxPoints: number }): readonly SampledPoint[] {
  const within = points.filter((point) => isWithin(point, window)).toSorted(byStep);
  const [first, last] = [within[0], within.at(-1)];
  const kept = new Set<MetricPoint>();
  if (first === undefined || last === undefined || within.length <= window.maxPoints) {
    for (const point of within) kept.add(point);
  } else {
    const buckets = Math.max(1, Math.floor((window.maxPoints - 2) / 2));
    const width = (last.step - first.step + 1) / buckets;
    const lowest = new Map<number, MetricPoint>();
    const highest = new Map<number, MetricPoint>();
    for (const point of within) {
      const bucket = Math.floor((point.step - first.step) / width);
      if (isBelow(point, lowest.get(bucket))) lowest.set(bucket, point);
      if (!Number.isNaN(point.value) && isAbove(point, highest.get(bucket))) highest.set(bucket, point);
    }
    for (const point of [first, last, ...lowest.values(), ...highest.values()]) kept.add(point);
  }
  return [...kept].toSorted(byStep).map((point) => ({ ...point, total: within.length }));
}

/** See sampleBySteps of metric-store. `points` of one key, of all runs. */
export function sampleOpenedBySteps(points: readonly RunPoint[], window: StepWindow & { readonly maxSteps: number }): readonly RunPoint[] {
  const within = points.filter((point) => isWithin(point, window));
  const steps = [...new Set(within.map((point) => point.step))].toSorted((a, b) => a - b);
  const kept = new Set<number>();
  let before = -1;
  for (const [n, step] of steps.entries()) {
    const bucket = Math.floor((n * window.maxSteps) / steps.length);
    if (steps.length <= window.maxSteps || bucket !== before) kept.add(step);
    before = bucket;
  }
  for (const ofRun of Map.groupBy(within, (point) => point.runNo).values()) {
    const own = ofRun.map((point) => point.step).toSorted((a, b) => a - b);
    for (const end of [own[0], own.at(-1)]) if (end !== undefined) kept.add(end);
  }
  return within.filter((point) => kept.has(point.step)).toSorted((a, b) => Number(BigInt(a.runNo) - BigInt(b.runNo)) || byStep(a, b));
}

function isWithin({ step }: MetricPoint, { fromStep, toStep }: StepWindow): boolean {
  return (fromStep === undefined || step >= fromStep) && (toStep === undefined || step <= toStep);
}

function byStep(a: MetricPoint, b: MetricPoint): number {
  return a.step - b.step || a.timestamp - b.timestamp || compareValues(a.value, b.value);
}

/** NaN above all numbers, as in the database. */
function compareValues(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function isBelow(point: MetricPoint, known: MetricPoint | undefined): boolean {
  return known === undefined || compareValues(point.value, known.value) < 0;
}

function isAbove(point: MetricPoint, known: MetricPoint | undefined): boolean {
  return known === undefined || compareValues(point.value, known.value) > 0;
}
