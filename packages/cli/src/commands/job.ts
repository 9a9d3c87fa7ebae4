// lazurite job: submit, list, show, stream, cancel, download.

import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadSettings } from '@lazurite/server/config/settings.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { type ApiClient, openApi } from '../api-client.ts';
import { CommandError } from '../exit-status.ts';
import { followJob } from '../follow-job.ts';
import { readJobFile } from '../job-file.ts';
import { type Column, type OutputOptions, statusColour, style, writeItems } from '../output.ts';
import { getServer } from '../running-server.ts';
import { openWorkspace, type WorkspaceApi } from '../workspace-api.ts';

interface JobOptions extends OutputOptions {
  readonly dataDir?: string;
  readonly resourceGroup: string;
  readonly workspace: string;
}

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'Name', cell: (job) => stringAt(job, 'name') ?? '' },
  { title: 'Status', cell: (job) => statusColour(stringAt(objectAt(job, 'properties'), 'status') ?? '') },
  { title: 'Experiment', cell: (job) => stringAt(objectAt(job, 'properties'), 'experimentName') ?? '' },
  { title: 'Compute', cell: (job) => (stringAt(objectAt(job, 'properties'), 'computeId') ?? 'serverless').split('/').at(-1) ?? '' },
  { title: 'Created', cell: (job) => (stringAt(objectAt(job, 'systemData'), 'createdAt') ?? '').slice(0, 19).replace('T', ' ') },
];

export function addJob(program: Command): void {
  const job = program.command('job').description('submit jobs and look after them').addHelpText('after', '\nExample:\n  lazurite job submit job.yml -g dev -w demo --stream');

  verb(job, 'submit <file>', 'submit a job file in the YAML of az ml', 'lazurite job submit job.yml -g dev -w demo --stream')
    .option('--stream', 'follow its log until it ends')
    .action((file: string, options: JobOptions & { readonly stream?: boolean }) =>
      withWorkspace(options, async (api, workspace) => {
        const created = await workspace.submit(readJobFile(file));
        const name = stringAt(created, 'name') ?? '';
        if (options.stream !== true) return writeItems(created, [created], COLUMNS, options, '');
        process.stderr.write(`${style.dim('Studio:')} ${api.connection.origins.local}/jobs/${encodeURIComponent(name)}?workspace=${encodeURIComponent(workspace.id)}\n`);
        await streamToEnd(api, workspace, name);
      }),
    );

  verb(job, 'list', 'list jobs, newest first', 'lazurite job list -g dev -w demo --query "[?properties.status==\'Failed\'].name" -o tsv')
    .option('--max <number>', 'at most this many', '50')
    .action((options: JobOptions & { readonly max: string }) =>
      withWorkspace(options, async (_api, workspace) => {
        const jobs = (await workspace.listJobs(Number(options.max))).slice(0, Number(options.max));
        writeItems(jobs, jobs, COLUMNS, options, 'No jobs yet. Submit one: lazurite job submit FILE.yml');
      }),
    );

  verb(job, 'show <name>', 'show one job', 'lazurite job show amber_river_01 -g dev -w demo -o yaml').action((name: string, options: JobOptions) =>
    withWorkspace(options, async (_api, workspace) => {
      const found = await workspace.getJob(name);
      writeItems(found, [found], COLUMNS, options, '');
    }),
  );

  verb(job, 'stream <name>', 'follow the log of a job until it ends', 'lazurite job stream amber_river_01 -g dev -w demo').action((name: string, options: JobOptions) =>
    withWorkspace(options, (api, workspace) => streamToEnd(api, workspace, name)),
  );

  verb(job, 'cancel <name>', 'cancel a job', 'lazurite job cancel amber_river_01 -g dev -w demo').action((name: string, options: JobOptions) =>
    withWorkspace(options, async (_api, workspace) => {
      await workspace.cancel(name);
      process.stderr.write(`Cancel of ${name} was requested; follow it with \`lazurite job stream ${name}\`.\n`);
    }),
  );

  verb(job, 'download <name>', 'download logs and outputs of a job', 'lazurite job download amber_river_01 -g dev -w demo -p ./results')
    .option('-p, --path <folder>', 'where to', '.')
    .action((name: string, options: JobOptions & { readonly path: string }) => withWorkspace(options, (api, workspace) => download(api, workspace, name, resolve(options.path, name))));
}

function verb(noun: Command, usage: string, description: string, example: string): Command {
  return noun
    .command(usage)
    .description(description)
    .requiredOption('-g, --resource-group <name>', 'resource group', process.env['LAZURITE_RESOURCE_GROUP'])
    .requiredOption('-w, --workspace <name>', 'workspace', process.env['LAZURITE_WORKSPACE'])
    .option('--data-dir <folder>', 'data folder of the server (default ~/.lazurite)')
    .option('-o, --output <format>', 'table, json, yaml or tsv', 'table')
    .option('--query <jmespath>', 'narrow the data')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

async function withWorkspace(options: JobOptions, body: (api: ApiClient, workspace: WorkspaceApi) => Promise<void>): Promise<void> {
  const { dataDir } = loadSettings(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
  const api = openApi(await getServer(dataDir));
  try {
    await body(api, openWorkspace(api, options.resourceGroup, options.workspace));
  } finally {
    await api.close();
  }
}

/** Follows the job; Ctrl-C stops following only. A job that did not complete makes the command fail. */
async function streamToEnd(api: ApiClient, workspace: WorkspaceApi, name: string): Promise<void> {
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write(`\nNot following any more; ${name} goes on. Cancel it with \`lazurite job cancel ${name}\`.\n`);
    abort.abort();
  });
  const { status, reason } = await followJob(api, workspace, name, abort.signal);
  if (!abort.signal.aborted && status !== 'Completed') throw new CommandError(`${name} ended as ${status}${reason === undefined ? '' : `: ${reason}`}.`);
}

interface Artifact {
  readonly path: string;
  readonly sizeBytes: number;
}

async function download(api: ApiClient, workspace: WorkspaceApi, name: string, folder: string): Promise<void> {
  const base = `${api.connection.origins.studio}/api/studio${workspace.id}/runs/${encodeURIComponent(name)}`;
  const files = await listArtifacts(api, base, '');
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const bar =
    process.stderr.isTTY && process.env['CI'] === undefined
      ? new SingleBar({ format: 'Downloading [{bar}] {percentage}% | {value}/{total} bytes | {eta_formatted} left', stream: process.stderr, hideCursor: true })
      : undefined;
  bar?.start(Math.max(total, 1), 0);
  try {
    for (const file of files) {
      const target = resolve(join(folder, file.path));
      if (!target.startsWith(folder + sep)) throw new CommandError(`The server named a file outside the folder: ${file.path}`);
      const link = await api.request('GET', `${base}/downloadLink?path=${encodeURIComponent(file.path)}`);
      const url = stringAt(await link.json(), 'url');
      const response = await api.raw(`${api.connection.origins.studio}${url ?? '/'}`);
      if (!response.ok || response.body === null) throw new CommandError(`${file.path} cannot be downloaded: the server answered ${response.status}.`);
      mkdirSync(dirname(target), { recursive: true });
      const body = Readable.fromWeb(response.body);
      body.on('data', (chunk: Buffer) => bar?.increment(chunk.length));
      await pipeline(body, createWriteStream(target));
    }
  } finally {
    bar?.stop();
  }
  process.stderr.write(`${files.length} files, ${total} bytes in ${folder}\n`);
}

async function listArtifacts(api: ApiClient, base: string, path: string): Promise<readonly Artifact[]> {
  const response = await api.request('GET', `${base}/artifacts?path=${encodeURIComponent(path)}`);
  if (!response.ok) throw new CommandError(`The files of the job cannot be listed: the server answered ${response.status}.`, response.status === 404 ? 3 : 1);
  const body: unknown = await response.json();
  const items = isJsonObject(body) && Array.isArray(body['artifacts']) ? body['artifacts'].filter(isJsonObject) : [];
  const found: Artifact[] = [];
  for (const item of items) {
    const itemPath = stringAt(item, 'path') ?? '';
    if (item['isFolder'] === true) found.push(...(await listArtifacts(api, base, itemPath)));
    else found.push({ path: itemPath, sizeBytes: numberAt(item, 'sizeBytes') ?? 0 });
  }
  return found;
}
