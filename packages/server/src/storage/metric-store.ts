// metric-store: points of metrics. A batch is one statement, which also keeps the newest point and the number of points.
// Source: contracts/mlflow.md §5; design/findings.md §2 (unnest batches).

import { sql } from 'kysely';
import type { Sql, Tx } from './database.ts';
import { hideRows, lookUp } from './hidden/marks.ts';

export interface MetricPoint {
  readonly key: string;
  readonly step: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** May be NaN. */
  readonly value: number;
}

/** The run that points are of: its surrogate key, and its workspace. */
export interface PointsOf {
  readonly id: string;
  readonly workspaceKey: string;
}

interface PointRow {
  readonly key: string;
  readonly step: string;
  readonly ts: string;
  /** Text where a sealed point is no number that JSON has. */
  readonly value: number | string;
  readonly sealed_point?: Buffer | null;
}

/** How the hidden columns of a point, and those that tell its place, are read. */
export const POINT_COLUMNS = {
  key: (point: MetricPoint) => point.key,
  step: (point: MetricPoint) => point.step,
  timestamp: (point: MetricPoint) => point.timestamp,
  value: (point: MetricPoint) => point.value,
};

function pointFromRow(row: PointRow): MetricPoint {
  return { key: row.key, step: Number(row.step), timestamp: Number(row.ts), value: Number(row.value) };
}

/**
 * Adds points to a run. Points that are there already are not added again. The newest point of a key is the one with
 * the largest (step, timestamp, value), NaN counting as 0.
 */
export async function insertMetrics(tx: Tx, run: PointsOf, points: readonly MetricPoint[]): Promise<void> {
  if (points.length === 0) return;
  const steps = points.map((point) => point.step);
  const timestamps = points.map((point) => point.timestamp);
  const hide = hideRows('metric', run.workspaceKey, points, POINT_COLUMNS, { bind: run.id });
  // Why: sorted inserts take row locks in one order, so concurrent batches of one run wait instead of deadlocking.
  await sql`
    with added as (
      insert into metrics (run_no, key, step, ts, value, sealed_point)
      select ${run.id}::bigint, p.key, p.step, p.ts, p.value, p.sealed_point
      from unnest(${hide.list('key')}::text[], ${steps}::bigint[], ${timestamps}::bigint[], ${hide.list('value')}::float8[], ${hide.sealed}::bytea[]) as p (key, step, ts, value, sealed_point)
      order by p.key collate "C", p.step, p.ts, p.value
      on conflict do nothing
      returning key, step, ts, value, sealed_point
    ), newest as (
      select distinct on (key) key, step, ts, value, sealed_point, count(*) over (partition by key) as points
      from added order by key, step desc, ts desc, coalesce(nullif(value, 'NaN'), 0) desc
    )
    insert into latest_metrics as latest (run_no, key, step, ts, value, sealed_point, points)
    select ${run.id}::bigint, key, step, ts, value, sealed_point, points from newest order by key
    on conflict (run_no, key) do update set
      points = latest.points + excluded.points,
      (step, ts, value, sealed_point) = (select step, ts, value, sealed_point from (values
          (latest.step, latest.ts, latest.value, latest.sealed_point), (excluded.step, excluded.ts, excluded.value, excluded.sealed_point)) as both_points (step, ts, value, sealed_point)
        order by step desc, ts desc, coalesce(nullif(value, 'NaN'), 0) desc limit 1)`.execute(tx);
}

/** Points of one metric by timestamp, step, value. All of them without a limit. */
export async function readMetricHistory(db: Sql, run: PointsOf, key: string, page: { readonly offset: number; readonly limit?: number }): Promise<readonly MetricPoint[]> {
  const rows = await sql<PointRow>`
    select key, step, ts, value, sealed_point from metrics where run_no = ${run.id} and key = ${lookUp('metric', run.workspaceKey, key)}
    order by ts, step, value limit ${page.limit ?? null}::bigint offset ${page.offset}`.execute(db);
  return rows.rows.map(pointFromRow);
}

/** The newest point of every metric, for each of these runs. */
export async function listLatestMetrics(db: Sql, runNos: readonly string[]): Promise<ReadonlyMap<string, readonly MetricPoint[]>> {
  const rows = await latestRows(db, runNos);
  const byRun = new Map<string, MetricPoint[]>();
  for (const row of rows) {
    const list = byRun.get(row.run_no) ?? [];
    list.push(pointFromRow(row));
    byRun.set(row.run_no, list);
  }
  return byRun;
}

interface LatestRow extends PointRow {
  readonly run_no: string;
  readonly points: string;
}

async function latestRows(db: Sql, runNos: readonly string[]): Promise<readonly LatestRow[]> {
  const { rows } = await sql<LatestRow>`
    select run_no, key, step, ts, value, points, sealed_point from latest_metrics where run_no = any(${runNos}::bigint[]) order by run_no, key`.execute(db);
  if (rows.every((row) => row.sealed_point === null)) return rows;
  // Why again: of sealed points at one step and time the database kept any; the largest is the newest.
  const ties = await sql<LatestRow>`
    select m.*, l.points from latest_metrics l join metrics m on m.run_no = l.run_no and m.key = l.key and m.step = l.step and m.ts = l.ts where l.run_no = any(${runNos}::bigint[])`.execute(db);
  const newest = new Map<string, LatestRow>();
  for (const row of ties.rows) {
    const name = `${row.run_no} ${row.key}`;
    const known = newest.get(name);
    if (known === undefined || rankOf(row) > rankOf(known)) newest.set(name, row);
  }
  return [...newest.values()].toSorted((a, b) => (BigInt(a.run_no) === BigInt(b.run_no) ? Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) : BigInt(a.run_no) < BigInt(b.run_no) ? -1 : 1));
}

/** NaN counts as 0. */
function rankOf(row: PointRow): number {
  const value = Number(row.value);
  return Number.isNaN(value) ? 0 : value;
}

export interface MetricKey {
  readonly key: string;
  readonly count: number;
  readonly lastValue: number;
  readonly lastStep: number;
}

export async function listMetricKeys(db: Sql, runNo: string): Promise<readonly MetricKey[]> {
  const rows = await latestRows(db, [runNo]);
  return rows.map((row) => ({ key: row.key, count: Number(row.points), lastValue: Number(row.value), lastStep: Number(row.step) }));
}

export interface SampledPoint extends MetricPoint {
  /** Points of the key in the window before sampling. */
  readonly total: number;
}

/**
 * Points of the keys by key and step; at most `maxPoints` each: the first, the last, and the lowest and highest of
 * equally wide ranges of steps, so that no spike is lost.
 */
export async function samplePoints(
  db: Sql,
  runNo: string,
  keys: readonly string[],
  window: { readonly maxPoints: number; readonly fromStep?: number; readonly toStep?: number },
): Promise<readonly SampledPoint[]> {
  const buckets = Math.max(1, Math.floor((window.maxPoints - 2) / 2));
  const from = window.fromStep ?? null;
  const to = window.toStep ?? null;
  const inWindow = sql`m.run_no = ${runNo} and (${from}::bigint is null or m.step >= ${from}::bigint) and (${to}::bigint is null or m.step <= ${to}::bigint)`;
  // Why arrays: the lowest (value, step, ts) of a bucket in one pass, where window functions would sort everything twice.
  const rows = await sql<PointRow & { total: string }>`
    with bounds as (
      select k.key, c.total, c.low, c.high from unnest(${keys}::text[]) as k (key)
      cross join lateral (select count(*) as total, min(step)::float8 as low, max(step)::float8 as high from metrics m where m.key = k.key and ${inWindow}) as c
    ), extremes as (
      select b.key, b.total, min(array[m.value, m.step, m.ts]) as low, max(array[m.value, m.step, m.ts]) filter (where m.value <> 'NaN') as high
      from bounds b join metrics m on m.key = b.key and ${inWindow}
      where b.total > ${window.maxPoints}
      group by b.key, b.total, floor((m.step - b.low) * ${buckets}::float8 / (b.high - b.low + 1))
    )
    select b.key, m.step::float8, m.ts::float8, m.value, b.total from bounds b join metrics m on m.key = b.key and ${inWindow} where b.total <= ${window.maxPoints}
    union select key, low[2], low[3], low[1], total from extremes
    union select key, high[2], high[3], high[1], total from extremes where high is not null
    union select b.key, e.step, e.ts, e.value, b.total from bounds b cross join lateral (
      (select step, ts, value from metrics m where m.key = b.key and ${inWindow} order by step, ts, value limit 1)
      union (select step, ts, value from metrics m where m.key = b.key and ${inWindow} order by step desc, ts desc, value desc limit 1)) as e
    where b.total > ${window.maxPoints}
    order by 1, 2, 3, 4`.execute(db);
  return rows.rows.map((row) => ({ ...pointFromRow(row), total: Number(row.total) }));
}

export interface RunPoint extends MetricPoint {
  readonly runNo: string;
}

/**
 * Points of one metric of several runs at evenly sampled steps of their union; the first and last step of every run
 * are kept whatever the limit.
 */
export async function sampleBySteps(
  db: Sql,
  runNos: readonly string[],
  key: string,
  window: { readonly maxSteps: number; readonly fromStep?: number; readonly toStep?: number },
): Promise<readonly RunPoint[]> {
  const rows = await sql<PointRow & { run_no: string }>`
    with points as (
      select * from metrics where run_no = any(${runNos}::bigint[]) and key = ${key}
        and (${window.fromStep ?? null}::bigint is null or step >= ${window.fromStep ?? null}::bigint)
        and (${window.toStep ?? null}::bigint is null or step <= ${window.toStep ?? null}::bigint)
    ), steps as (
      select step, row_number() over (order by step) as n, count(*) over () as total from (select distinct step from points) as distinct_steps
    ), kept as (
      select step from (select step, lag((n - 1) * ${window.maxSteps}::bigint / total) over (order by n) as before, (n - 1) * ${window.maxSteps}::bigint / total as bucket, total from steps) as bucketed
      where total <= ${window.maxSteps} or before is distinct from bucket
      union select min(step) from points group by run_no
      union select max(step) from points group by run_no
    )
    select run_no, key, step, ts, value from points where step in (select step from kept) order by run_no, step, ts, value`.execute(db);
  return rows.rows.map((row) => ({ ...pointFromRow(row), runNo: row.run_no }));
}
