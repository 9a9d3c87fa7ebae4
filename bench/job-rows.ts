// From the PUT of a job to its first line of log, seen through the studio's route, against the same Python without us.

import { spawn } from 'node:child_process';
import { median, percentile, repeat } from './measure.ts';
import type { Row } from './report.ts';
import { jsonOf, ML, need, type Site } from './site.ts';
import { objectAt, stringAt } from '../packages/server/src/kernel/json.ts';

const ENDED = new Set(['Completed', 'Failed', 'Canceled']);
const LIMIT_MS = 60_000;

export async function jobRows(site: Site, runs: number): Promise<readonly Row[]> {
  // The first two make the environment and warm the caches.
  await repeat(2, (n) => firstLine(site, `warm-${n}-${Date.now()}`));
  const ours = await repeat(runs, (n) => firstLine(site, `bench-${n}-${Date.now()}`));
  const bare = median(await repeat(runs, barePython));
  return [
    { name: 'job, PUT to first line, p50', unit: 'ms', value: median(ours), peer: { name: 'bare python', value: bare } },
    { name: 'job, PUT to first line, p95', unit: 'ms', value: percentile(ours, 0.95), goal: 1000 },
  ];
}

async function firstLine(site: Site, name: string): Promise<number> {
  const { wire, workspaceId } = site;
  const body = { properties: { jobType: 'Command', command: 'python3 -c "print(1)"', environmentId: site.environmentId } };
  const started = performance.now();
  await need(wire.call('PUT', `${workspaceId}/jobs/${name}?${ML}`, body));
  for (;;) {
    const log = await wire.call('GET', `/api/studio${workspaceId}/runs/${name}/content?path=user_logs%2Fstd_log.txt`);
    if (log.status === 200 && log.body.includes('\n')) break;
    if (performance.now() - started > LIMIT_MS) throw new Error(`${name} printed nothing`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tookMs = performance.now() - started;
  for (;;) {
    const status = stringAt(objectAt(jsonOf(await need(wire.call('GET', `${workspaceId}/jobs/${name}?${ML}`))), 'properties'), 'status') ?? '';
    if (status === 'Completed') return tookMs;
    if (ENDED.has(status) || performance.now() - started > LIMIT_MS) throw new Error(`${name} is ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function barePython(): Promise<number> {
  const started = performance.now();
  const child = spawn('python3', ['-c', 'print(1)'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const tookMs = performance.now() - started;
  await ended;
  return tookMs;
}
