// lazurite job: submit, list, show, stream, cancel, download.

import { resolve } from 'node:path';
import { isFault } from '@lazurite/server/kernel/faults.ts';
import { type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import type { Command } from 'commander';
import { type ApiClient, openApi } from '../api-client.ts';
import { chooseWorkspace } from '../choose-workspace.ts';
import { downloadJob } from '../download-job.ts';
import { CommandError, withNext } from '../exit-status.ts';
import { endOf, followJob } from '../follow-job.ts';
import { readJobFile } from '../job-file.ts';
import { addWorkspaceOptions, dataDirOf, dataDirOption, folderWords, outputOption, positiveNumber, queryOption, type WorkspaceOptions, type WorkspaceOutputOptions } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { type Column, formatBytes, formatSeconds, renderFacts, statusColour, style, writeData, writeItems } from '../render/output.ts';
import { getServer } from '../running-server.ts';
import { openWorkspace, type WorkspaceApi } from '../workspace-api.ts';

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'Name', cell: (job) => stringAt(job, 'name') ?? '' },
  { title: 'Status', cell: (job) => statusColour(property(job, 'status') ?? '') },
  { title: 'Display name', cell: (job) => property(job, 'displayName') ?? '' },
  { title: 'Experiment', cell: (job) => property(job, 'experimentName') ?? '' },
  { title: 'Compute', cell: compute },
  { title: 'Created (UTC)', cell: created },
  { title: 'Took', cell: (job) => took(job) ?? '' },
];

export function addJob(program: Command): void {
  const job = program.command('job').description('submit jobs and look after them').addHelpText('after', '\nExample:\n  lazurite job submit job.yml --stream');

  verb(job, 'submit <file>', 'submit a job file in the YAML of az ml', 'lazurite job submit job.yml -g dev -w demo --stream')
    .addOption(outputOption())
    .addOption(queryOption())
    .option('--stream', 'follow its log until it ends')
    .action((file: string, options: WorkspaceOutputOptions & { readonly stream?: boolean }) =>
      withWorkspace(options, async (api, workspace, words) => {
        const made = await workspace.submit(readJobFile(file));
        const name = stringAt(made, 'name') ?? '';
        process.stderr.write(`${style.dim('Studio:')} ${studioUrl(api, workspace, name)}\n`);
        if (options.stream === true) return streamToEnd(api, workspace, name, words);
        writeItems(made, [made], COLUMNS, options, '');
        process.stderr.write(`${style.dim('Follow:')} ${PROGRAM} job stream ${name} ${words}\n`);
      }),
    );

  verb(job, 'list', 'list jobs, newest first', 'lazurite job list -g dev -w demo --query "[?properties.status==\'Failed\'].name" -o tsv')
    .addOption(outputOption())
    .addOption(queryOption())
    .option('--max <number>', 'at most this many', positiveNumber, 50)
    .action((options: WorkspaceOutputOptions & { readonly max: number }) =>
      withWorkspace(options, async (_api, workspace, words) => {
        const jobs = (await workspace.listJobs(options.max)).slice(0, options.max);
        writeItems(jobs, jobs, COLUMNS, options, `No jobs yet. Submit one: ${PROGRAM} job submit FILE.yml ${words}`);
      }),
    );

  verb(job, 'show <name>', 'show one job', 'lazurite job show amber_river_01 -g dev -w demo -o yaml')
    .addOption(outputOption())
    .addOption(queryOption())
    .action((name: string, options: WorkspaceOutputOptions) =>
      withWorkspace(options, async (api, workspace) => {
        const found = await workspace.getJob(name);
        writeData(found, options, () => process.stdout.write(renderFacts(factsOf(found, studioUrl(api, workspace, name)))));
      }),
    );

  verb(job, 'stream <name>', 'follow the log of a job until it ends', 'lazurite job stream amber_river_01 -g dev -w demo').action((name: string, options: WorkspaceOptions) =>
    withWorkspace(options, (api, workspace, words) => streamToEnd(api, workspace, name, words)),
  );

  verb(job, 'cancel <name>', 'cancel a job', 'lazurite job cancel amber_river_01 -g dev -w demo').action((name: string, options: WorkspaceOptions) =>
    withWorkspace(options, async (_api, workspace, words) => {
      await workspace.cancel(name);
      process.stderr.write(`Cancel of ${name} was requested.\n${style.dim('Follow:')} ${PROGRAM} job stream ${name} ${words}\n`);
    }),
  );

  verb(job, 'download <name>', 'download logs, artifacts and outputs of a job', 'lazurite job download amber_river_01 -g dev -w demo -p ./results')
    .option('-p, --path <folder>', 'where to; a folder with the name of the job is made in it', '.')
    .action((name: string, options: WorkspaceOptions & { readonly path: string }) =>
      withWorkspace(options, async (api, workspace) => {
        const folder = resolve(options.path, name);
        const { files, bytes } = await downloadJob(api, workspace, name, folder);
        process.stderr.write(`${files} files, ${formatBytes(bytes)} in ${folder}\n`);
      }),
    );
}

function verb(noun: Command, usage: string, description: string, example: string): Command {
  return addWorkspaceOptions(noun.command(usage).description(description).addOption(dataDirOption())).addHelpText('after', `\nExample:\n  ${example}`);
}

/** `words` name the workspace in a command to try next. */
async function withWorkspace(options: WorkspaceOptions, body: (api: ApiClient, workspace: WorkspaceApi, words: string) => Promise<void>): Promise<void> {
  const api = openApi(await getServer(dataDirOf(options)));
  try {
    const { resourceGroup, name } = await chooseWorkspace(api, options);
    const folder = folderWords(api.connection.dataDir);
    const words = `-g ${resourceGroup} -w ${name}${folder}`;
    await body(api, openWorkspace(api, resourceGroup, name), words).catch((error: unknown) => {
      if (!isFault(error, 'notFound')) throw error;
      throw withNext(error, error.code === 'ResourceNotFound' && error.message.includes('/jobs/') ? `${PROGRAM} job list ${words}` : `${PROGRAM} workspace list${folder}`);
    });
  } finally {
    await api.close();
  }
}

/** Follows the job; Ctrl-C stops following only. A job that did not complete makes the command fail. */
async function streamToEnd(api: ApiClient, workspace: WorkspaceApi, name: string, words: string): Promise<void> {
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write(`\nNot following any more; ${name} goes on.\n${style.dim('Cancel:')} ${PROGRAM} job cancel ${name} ${words}\n`);
    abort.abort();
  });
  const { status, reason } = await followJob(api, workspace, name, abort.signal);
  if (abort.signal.aborted) process.exitCode = 130;
  else if (status !== 'Completed') throw new CommandError(endOf(name, status, reason), 1, `${PROGRAM} job download ${name} ${words}`);
}

function studioUrl(api: ApiClient, workspace: WorkspaceApi, name: string): string {
  return `${api.connection.origins.local}/jobs/${encodeURIComponent(name)}?workspace=${encodeURIComponent(workspace.id)}`;
}

function factsOf(job: JsonObject, studio: string): readonly (readonly [string, string | undefined])[] {
  const properties = objectAt(job, 'properties');
  const own = objectAt(properties, 'properties');
  const inputs = Object.entries(objectAt(properties, 'inputs')).map(([name, value]) => `${name}=${stringAt(value, 'value') ?? stringAt(value, 'uri') ?? ''}`);
  const outputs = Object.entries(objectAt(properties, 'outputs'))
    .filter(([name]) => name !== 'default')
    .map(([name, value]) => `${name}=${stringAt(value, 'uri') ?? ''}`);
  return [
    ['Name', stringAt(job, 'name')],
    ['Status', statusColour(property(job, 'status') ?? '')],
    ['Why', stringAt(own, 'statusReason') ?? stringAt(objectAt(properties, 'error'), 'message')],
    ['Display name', property(job, 'displayName')],
    ['Experiment', property(job, 'experimentName')],
    ['Command', property(job, 'command')],
    ['Compute', compute(job)],
    ['Inputs', inputs.join('  ')],
    ['Outputs', outputs.join('  ')],
    ['Created', `${created(job)} UTC`],
    ['Took', took(job)],
    ['Studio', style.cyan(studio)],
  ];
}

function property(job: JsonObject, name: string): string | undefined {
  return stringAt(objectAt(job, 'properties'), name);
}

function compute(job: JsonObject): string {
  return (property(job, 'computeId') ?? 'serverless').split('/').at(-1) ?? '';
}

function created(job: JsonObject): string {
  return (stringAt(objectAt(job, 'systemData'), 'createdAt') ?? '').slice(0, 19).replace('T', ' ');
}

function took(job: JsonObject): string | undefined {
  const own = objectAt(objectAt(job, 'properties'), 'properties');
  const [start, end] = [stringAt(own, 'StartTimeUtc'), stringAt(own, 'EndTimeUtc')];
  return start === undefined || end === undefined ? undefined : formatSeconds((Date.parse(end) - Date.parse(start)) / 1000);
}
