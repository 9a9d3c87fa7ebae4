// npm run bench: prints a table and writes results.json and RESULTS.md. `--only start,arm,jobs,metrics,blobs,scale` for some of
// the rows and `--quick` for a small number of calls; neither writes files. `--profile DIR` keeps a profile of the server.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ServerProcess, startServerProcess } from '../packages/testkit/src/server-process.ts';
import { armRows, CLIENTS } from './arm-rows.ts';
import { blobRows } from './blob-rows.ts';
import { jobRows } from './job-rows.ts';
import { median, repeat } from './measure.ts';
import { residentMiB } from './memory.ts';
import { metricRows } from './metric-rows.ts';
import { describeMachine, renderTable, type Row, writeReport } from './report.ts';
import { scaleRows } from './scale-rows.ts';
import { openSite } from './site.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, profile: { type: 'string' } } });
const only = values.only?.split(',');
const isWanted = (part: string): boolean => only === undefined || only.includes(part);
const scale = values.quick ? 0.2 : 1;
const rows: Row[] = [];

const dir = mkdtempSync(join(tmpdir(), 'lazurite-bench-'));
// Why: as root the database runs as another user, who has to get through.
chmodSync(dir, 0o755);
const dataDir = join(dir, 'data');
const machine = describeMachine(dir);
const say = (part: string): void => void process.stderr.write(`${part} …\n`);

async function startOnce(folder: string): Promise<number> {
  const server = await startServerProcess({ dataDir: folder });
  await server.stop();
  return server.readyAfterMs;
}

async function startRows(): Promise<readonly Row[]> {
  const cold = await repeat(values.quick ? 1 : 3, (n) => startOnce(join(dir, `cold-${n}`)));
  await startOnce(dataDir);
  const warm = await repeat(values.quick ? 2 : 7, () => startOnce(dataDir));
  return [
    { name: 'start, cold (empty data folder)', unit: 'ms', value: median(cold) },
    { name: 'start, warm', unit: 'ms', value: median(warm), goal: 1500 },
  ];
}

// An interrupted run ends its children too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

let server: ServerProcess | undefined;
try {
  if (isWanted('start')) {
    say('start');
    rows.push(...(await startRows()));
  }
  server = await startServerProcess({
    dataDir,
    nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
    onLog: (line) => line.startsWith('{') && process.stderr.write(`${line}\n`),
  });
  const afterStart = residentMiB(server);
  const site = await openSite(server, isWanted('arm') ? CLIENTS : 1);
  if (isWanted('arm')) {
    say('Resource Manager');
    rows.push(...(await armRows(site, scale)));
  }
  if (isWanted('jobs')) {
    say('jobs');
    rows.push(...(await jobRows(site, values.quick ? 5 : 20)));
  }
  if (isWanted('metrics')) {
    say('metrics');
    rows.push(...(await metricRows(site, scale)));
  }
  if (isWanted('blobs')) {
    say('blobs');
    rows.push(...(await blobRows(site, dir, scale)));
  }
  if (isWanted('scale')) {
    say('100,000 resources');
    rows.push(...(await scaleRows(site, scale)));
  }
  rows.push({ name: 'memory with database, after start', unit: 'MiB', value: afterStart, goal: 250 }, { name: 'memory with database, after all of this', unit: 'MiB', value: residentMiB(server) });
  await site.wire.close();
} finally {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}
process.stdout.write(`${renderTable(rows)}\n`);
if (only === undefined && !values.quick) writeReport(machine, rows);
