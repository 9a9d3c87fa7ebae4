// Series for charts: sampled in SQL so that a million points cost what a screen can show.

import type { Sql } from '#storage/database.ts';
import { type PointsOf, type SampledPoint, samplePoints } from '#storage/metric-store.ts';
import { invalidParameter } from './faults.ts';
import type { RunDataKeys } from './ports.ts';
import { openPoints, sampleOpened } from './sealed/sampling.ts';

export { listMetricKeys, type MetricKey } from '#storage/metric-store.ts';

export interface SeriesPoint {
  readonly step: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** May be NaN. */
  readonly value: number;
}

export interface Series {
  readonly key: string;
  /** Points in the window before sampling. */
  readonly total: number;
  readonly points: readonly SeriesPoint[];
}

export interface SeriesWindow {
  /** At least 4. */
  readonly maxPoints: number;
  readonly fromStep?: number;
  readonly toStep?: number;
}

export interface SeriesReader {
  /** One series per key, in the order of the keys, by step; an unknown key has no points. */
  readSeries(db: Sql, run: PointsOf, keys: readonly string[], window: SeriesWindow): Promise<readonly Series[]>;
}

export function createSeries(deps: { readonly keys: RunDataKeys }): SeriesReader {
  return { readSeries: async (db, run, keys, window) => readSeries(db, run, keys, window, await deps.keys.isSealed(run.workspaceKey)) };
}

async function readSeries(db: Sql, run: PointsOf, keys: readonly string[], window: SeriesWindow, isSealed: boolean): Promise<readonly Series[]> {
  if (!Number.isInteger(window.maxPoints) || window.maxPoints < 4) throw invalidParameter(`A series has at least 4 points; ${window.maxPoints} were asked for.`, 'maxPoints');
  const sampled = isSealed ? await sampleSealed(db, run, keys, window) : await samplePoints(db, run.id, keys, window);
  const byKey = new Map<string, { total: number; readonly points: SeriesPoint[] }>();
  for (const { key, step, timestamp, value, total } of sampled) {
    const series = byKey.get(key) ?? { total, points: [] };
    series.points.push({ step, timestamp, value });
    byKey.set(key, series);
  }
  return keys.map((key) => ({ key, total: byKey.get(key)?.total ?? 0, points: byKey.get(key)?.points ?? [] }));
}

async function sampleSealed(db: Sql, run: PointsOf, keys: readonly string[], window: SeriesWindow): Promise<readonly SampledPoint[]> {
  const sampled: SampledPoint[] = [];
  for (const key of new Set(keys)) sampled.push(...sampleOpened(await openPoints(db, [run], key), window));
  return sampled;
}
