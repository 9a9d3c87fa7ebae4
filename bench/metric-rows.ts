// Batches of 100 metric points through MLflow's API, against raw `insert … unnest` with the same commits on the same cluster.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../packages/server/src/storage/database.ts';
import { objectAt, stringAt } from '../packages/server/src/kernel/json.ts';
import { drive, medianSample, repeat } from './measure.ts';
import type { Row } from './report.ts';
import { jsonOf, need, type Site } from './site.ts';

const POINTS = 100;
const CLIENTS = 8;

export async function metricRows(site: Site, scale: number): Promise<readonly Row[]> {
  const { wire, server } = site;
  const base = `/mlflow/v2.0${site.workspaceId}/api/2.0/mlflow`;
  const runs = await repeat(
    CLIENTS,
    async () => stringAt(objectAt(objectAt(jsonOf(await need(wire.call('POST', `${base}/runs/create`, { experiment_id: '0', start_time: 1 }))), 'run'), 'info'), 'run_id') ?? '',
  );
  let turn = 0;
  const log = (_n: number, client: number): Promise<unknown> => {
    turn += 1;
    const metrics = Array.from({ length: POINTS }, (_, n) => ({ key: `metric-${n % 4}`, step: turn * POINTS + n, value: n / 7, timestamp: 1_700_000_000_000 + turn }));
    return need(wire.call('POST', `${base}/runs/log-batch`, { run_id: runs[client], metrics }));
  };

  const dir = join(server.connection.dataDir, 'postgres');
  const password = readFileSync(join(dir, 'password'), 'utf8').trim();
  const database = await Database.open({ url: `postgresql://lazurite:${password}@/postgres?host=${encodeURIComponent(dir)}&port=5432`, poolSize: CLIENTS });
  try {
    await database.pool.query('drop table if exists bench_metrics');
    await database.pool.query('create table bench_metrics (run_no bigint, key text, step bigint, ts bigint, value float8, primary key (run_no, key, step, ts, value))');
    const insert = (_n: number, client: number): Promise<unknown> => {
      turn += 1;
      const points = Array.from({ length: POINTS }, (_, n) => n);
      return database.pool.query('insert into bench_metrics select $1::bigint, * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::float8[])', [
        client,
        points.map((n) => `metric-${n % 4}`),
        points.map((n) => turn * POINTS + n),
        points.map(() => turn),
        points.map((n) => n / 7),
      ]);
    };
    await drive(100 * scale, CLIENTS, log);
    await drive(100 * scale, CLIENTS, insert);
    const pairs = await repeat(5, async () => ({ ours: await drive(400 * scale, CLIENTS, log), raw: await drive(400 * scale, CLIENTS, insert) }));
    const ours = medianSample(pairs.map((pair) => pair.ours));
    const raw = medianSample(pairs.map((pair) => pair.raw));
    return [
      { name: `metrics, batches of ${POINTS}, ${CLIENTS} clients`, unit: 'points/s', value: ours.perSecond * POINTS, peer: { name: 'raw insert', value: raw.perSecond * POINTS }, isMoreBetter: true },
    ];
  } finally {
    await database.pool.query('drop table if exists bench_metrics');
    await database.close();
  }
}
