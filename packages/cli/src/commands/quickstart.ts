// lazurite quickstart: from nothing to a trained, registered model, through the same wire as every client.

import { join } from 'node:path';
import type { Connection } from '@lazurite/server/config/connection.ts';
import { installationFile } from '@lazurite/server/config/installation-files.ts';
import { isFault } from '@lazurite/server/kernel/faults.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { Command } from 'commander';
import { type ApiClient, openApi } from '../api-client.ts';
import { CommandError } from '../exit-status.ts';
import { endOf, followJob } from '../follow-job.ts';
import { readJobFile } from '../job-file.ts';
import { dataDirOf, dataDirOption, folderWords } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { formatSeconds, renderFacts, renderTable, style } from '../render/output.ts';
import { findServer } from '../running-server.ts';
import { openWorkspace, type WorkspaceApi } from '../workspace-api.ts';
import { oneTimeLink } from './login.ts';
import { startServerFor, type UpOptions, untilSignal } from './up.ts';
import { ensureWorkspace } from './workspace.ts';

const GROUP = 'quickstart';
const WORKSPACE = 'demo';
const MODEL = 'breast-cancer';

export function addQuickstart(program: Command): void {
  program
    .command('quickstart')
    .description('start Lazurite, train a real model in it, show the metrics, register the model')
    .option('--exit', 'end by itself: status 0 only if the job completed')
    .addOption(dataDirOption())
    .option('--port <number>', 'the one TCP port; 0 picks a free one (default 7443)')
    .option('--ephemeral', 'keep nothing afterwards')
    .addHelpText('after', '\nExamples:\n  lazurite quickstart\n  lazurite quickstart --exit --ephemeral --port 0')
    .action(async (options: UpOptions & { readonly exit?: boolean }) => {
      const begun = Date.now();
      const interrupt = new AbortController();
      const signalled = untilSignal().then(() => interrupt.abort());
      const running = options.ephemeral === true ? undefined : await findServer(dataDirOf(options));
      const server = running === undefined ? await startServerFor(options, 'file') : undefined;
      const connection = running ?? server?.connection;
      if (connection === undefined) throw new CommandError('The server did not start.');
      step(server === undefined ? `Using the Lazurite that runs as process ${connection.pid}` : 'Lazurite is up', begun);
      try {
        const isDone = await Promise.race([walk(connection, begun, options, interrupt.signal).then(() => true), signalled.then(() => false)]);
        if (!isDone) {
          process.stderr.write('\nInterrupted.\n');
          process.exitCode = 130;
        } else if (options.exit !== true && server !== undefined) {
          process.stdout.write('\n  Ctrl-C stops it.\n');
          await Promise.race([signalled, server.ended]);
        }
      } finally {
        await server?.stop();
      }
    });
}

async function walk(connection: Connection, begunMs: number, options: { readonly exit?: boolean }, signal: AbortSignal): Promise<void> {
  const api = openApi(connection);
  try {
    await ensureWorkspace(api, GROUP, WORKSPACE, 'Quickstart');
    step(`Workspace ${WORKSPACE} in resource group ${GROUP} is ready`, begunMs);
    const workspace = openWorkspace(api, GROUP, WORKSPACE);
    const name = await train(api, workspace, begunMs, signal);
    await showMetrics(api, workspace, name);
    step(`Model ${MODEL}:${await registerModel(api, workspace, name)} is registered`, begunMs);
    const facts: (readonly [string, string])[] = [['Studio', style.cyan(`${connection.origins.local}/jobs/${name}?workspace=${encodeURIComponent(workspace.id)}`)]];
    if (options.exit !== true) {
      const folder = folderWords(connection.dataDir);
      facts.push(['Sign in', `${style.cyan(await oneTimeLink(connection.dataDir))}   ${style.dim(`once, within ten minutes; another: ${PROGRAM} login${folder}`)}`]);
      facts.push(['Next', `${PROGRAM} job list${folder}   ${PROGRAM} exec${folder} -- python your_script.py`]);
    }
    process.stdout.write(`\n${renderFacts(facts)}`);
  } finally {
    await api.close();
  }
}

function step(text: string, begunMs: number): void {
  process.stderr.write(`${style.green('✓')} ${text} ${style.dim(formatSeconds((Date.now() - begunMs) / 1000))}\n`);
}

async function train(api: ApiClient, workspace: WorkspaceApi, begunMs: number, signal: AbortSignal): Promise<string> {
  const job = await workspace.submit(readJobFile(join(installationFile('examples'), 'breast-cancer', 'job.yml')));
  const name = stringAt(job, 'name') ?? '';
  step(`Job ${name} is submitted`, begunMs);
  const { status, reason } = await followJob(api, workspace, name, signal);
  if (status !== 'Completed')
    throw new CommandError(`The training job ${endOf(name, status, reason)}`, 1, `${PROGRAM} job show ${name} -g ${GROUP} -w ${WORKSPACE}${folderWords(api.connection.dataDir)}`);
  step(`Job ${name} completed`, begunMs);
  return name;
}

interface Series {
  readonly key: string;
  readonly values: readonly number[];
}

async function showMetrics(api: ApiClient, workspace: WorkspaceApi, name: string): Promise<void> {
  const tracking = `${api.connection.origins.api}/mlflow/v2.0${workspace.id}/api/2.0/mlflow`;
  const run = await json(api, `${tracking}/runs/get?run_id=${encodeURIComponent(name)}`);
  const metrics = objectAt(objectAt(run, 'run'), 'data')['metrics'];
  const keys = (Array.isArray(metrics) ? metrics : []).map((metric) => stringAt(metric, 'key')).filter((key) => key !== undefined);
  if (keys.length === 0) throw new CommandError(`The job ${name} completed but logged no metrics.`);
  const series: Series[] = [];
  for (const key of keys.toSorted()) {
    const history = (await json(api, `${tracking}/metrics/get-history?run_id=${encodeURIComponent(name)}&metric_key=${encodeURIComponent(key)}`))['metrics'];
    series.push({ key, values: (Array.isArray(history) ? history : []).map((point) => numberAt(point, 'value') ?? 0) });
  }
  const columns = [
    { title: 'Metric', cell: (item: Series) => item.key },
    { title: 'First', cell: (item: Series) => (item.values[0] ?? 0).toFixed(4) },
    { title: 'Last', cell: (item: Series) => (item.values.at(-1) ?? 0).toFixed(4) },
    { title: 'Curve', cell: (item: Series) => style.blue(sparkline(item.values)) },
  ];
  process.stdout.write(`\n${renderTable(series, columns)}\n\n`);
}

const BARS = '▁▂▃▄▅▆▇█';

function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return values.map((value) => BARS[Math.min(BARS.length - 1, Math.floor(((value - low) / span) * BARS.length))]).join('');
}

/** Registers the job's model output as the next version. Returns the version. */
async function registerModel(api: ApiClient, workspace: WorkspaceApi, job: string): Promise<string> {
  const container = await api.arm('GET', `${workspace.id}/models/${MODEL}`).catch((error: unknown) => {
    if (isFault(error, 'notFound')) return {};
    throw error;
  });
  const version = stringAt(objectAt(container, 'properties'), 'nextVersion') ?? '1';
  await api.arm('PUT', `${workspace.id}/models/${MODEL}/versions/${version}`, {
    body: { properties: { modelType: 'mlflow_model', modelUri: `azureml://jobs/${job}/outputs/model/paths/`, description: 'Linear classifier of the quickstart.' } },
  });
  return version;
}

async function json(api: ApiClient, url: string): Promise<JsonObject> {
  const response = await api.request('GET', url);
  const body: unknown = await response.json();
  if (!response.ok || !isJsonObject(body)) throw new CommandError(`${url} answered ${response.status}.`);
  return body;
}
