// lazurite up, down, status.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, type Settings } from '@lazurite/server/config/settings.ts';
import type { RunningServer } from '@lazurite/server/main.ts';
import { findHolder } from '@lazurite/server/storage/data-folder.ts';
import { type Command, Option } from 'commander';
import { cancelRunningJobs } from '../cancel-jobs.ts';
import { CommandError } from '../exit-status.ts';
import { dataDirOf, dataDirOption, type FolderOptions, folderWords, outputOption, queryOption } from '../options.ts';
import { PROGRAM } from '../program-name.ts';
import { formatSeconds, type OutputOptions, renderFacts, style, writeData } from '../render/output.ts';
import { findServer } from '../running-server.ts';
import { keepLog } from '../server-log.ts';

const STOP_MS = 30_000;

export interface UpOptions extends FolderOptions {
  readonly port?: string;
  readonly host?: string;
  readonly databaseUrl?: string;
  readonly domain?: string;
  readonly ephemeral?: boolean;
  readonly logLevel?: string;
}

export interface StartedServer extends RunningServer {
  /** Where its log is kept, when not on standard output. */
  readonly logPath: string | undefined;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start Lazurite in the foreground')
    .addOption(dataDirOption())
    .option('--port <number>', 'the one TCP port; 0 picks a free one (default 7443)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--database-url <url>', 'an external PostgreSQL instead of the embedded one')
    .option('--domain <name>', 'suffix of all host names, two labels or more (default lazurite.localhost)')
    .option('--ephemeral', 'keep nothing: a temporary folder that is removed at the end')
    .addOption(new Option('--log-level <level>', 'log to standard output, from this level on').choices(['debug', 'info', 'warn', 'error']))
    .addHelpText(
      'after',
      '\nThe log is JSON, one entry a line: on a terminal in logs/server.log of the data folder, elsewhere or with --log-level on standard output.\n\nExamples:\n  lazurite up\n  lazurite up --ephemeral --port 0\n  lazurite up --database-url postgres://user:secret@db.example.com/lazurite --domain ml.example.com',
    )
    .action(async (options: UpOptions) => {
      const signalled = untilSignal();
      const server = await startServerFor(options, logPlace(options));
      process.stderr.write(banner(server));
      const isLost = await Promise.race([signalled.then(() => false), server.ended.then(() => true)]);
      if (!isLost) process.stderr.write(options.ephemeral === true ? '\nStopping, and removing everything.\n' : `\nStopping. Running jobs go on; the next \`${PROGRAM} up\` takes them over.\n`);
      await server.stop();
      if (isLost)
        throw new CommandError(`The database ended, and Lazurite with it. What was acknowledged is safe.${server.logPath === undefined ? '' : ` See ${server.logPath}.`}`, 1, `${PROGRAM} up`);
    });
}

function logPlace(options: UpOptions): 'file' | 'standard output' {
  const isWanted = options.logLevel !== undefined || (process.env['LAZURITE_LOG_LEVEL'] ?? '') !== '';
  return process.stdout.isTTY && !isWanted ? 'file' : 'standard output';
}

function banner({ connection, logPath }: StartedServer): string {
  const { origins } = connection;
  const folder = folderWords(connection.dataDir);
  const facts = renderFacts([
    ['Studio', `${style.cyan(origins.local)}   ${style.dim(`sign in: ${PROGRAM} login${folder}`)}`],
    ['Resource Manager', origins.management],
    ['Data folder', connection.dataDir],
    ['Log', logPath],
  ]);
  return `\n${style.bold(style.blue('Lazurite'))} ${style.dim(connection.version)} is up\n\n${facts}\n${style.dim('Run any Azure client against it:')} ${PROGRAM} exec${folder} -- python train.py\n${style.dim('Stop:')} Ctrl-C, or ${PROGRAM} down${folder}\n\n`;
}

/** Starts a server in this process with the options of `up`. */
export async function startServerFor(options: UpOptions, place: 'file' | 'standard output'): Promise<StartedServer> {
  const settings = settingsFor(options);
  // Why: half of a warm start is compiling the same files again; the folder is the server's own, so nobody else can put code there.
  if (!settings.ephemeral) enableCompileCache(join(settings.dataDir, 'cache', 'code'));
  const { startServer } = await import('@lazurite/server/main.ts');
  const { log, path: logPath } = keepLog(settings, place);
  const server = await startServer(settings, { hostEnvironment: process.env, log });
  flushCompileCache();
  if (!settings.ephemeral) return { ...server, logPath };
  return {
    ...server,
    logPath,
    stop: async () => {
      // Why: a job whose folder is removed under it would run on for nobody.
      await cancelRunningJobs(server.connection).catch((error: unknown) => log.warn({ error }, 'server.jobs_not_canceled'));
      await server.stop();
      rmSync(settings.dataDir, { recursive: true, force: true });
    },
  };
}

function settingsFor(options: UpOptions): Settings {
  const { ephemeral } = loadSettings({ ...options });
  if (!ephemeral) return loadSettings({ ...options });
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'lazurite-'));
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new CommandError(`--ephemeral removes its folder at the end, and ${dataDir} is not empty. Leave --data-dir out, or name a new folder.`, 2);
  return loadSettings({ ...options, dataDir });
}

/** Resolves with the first signal to end; a second one ends the process at once. */
export async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop the Lazurite that holds the data folder; running jobs go on')
    .addOption(dataDirOption())
    .addHelpText('after', '\nExample:\n  lazurite down')
    .action(async (options: FolderOptions) => {
      const dataDir = dataDirOf(options);
      const holder = await findHolder(dataDir);
      if (holder === undefined) {
        process.stderr.write(`No Lazurite runs on ${dataDir}.\n`);
        return;
      }
      signalStop(holder.pid);
      for (const deadline = Date.now() + STOP_MS; (await findHolder(dataDir))?.nonce === holder.nonce; ) {
        if (Date.now() > deadline)
          throw new CommandError(`Process ${holder.pid} did not stop within ${STOP_MS / 1000} seconds. Ending it hard loses nothing that was acknowledged.`, 1, `kill -9 ${holder.pid}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      process.stderr.write(`Stopped process ${holder.pid}.\n`);
    });
}

function signalStop(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
    throw new CommandError(`Process ${pid} belongs to another user; stop it as that user.`, 4);
  }
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('say whether Lazurite runs on the data folder, and where')
    .addOption(dataDirOption())
    .addOption(outputOption())
    .addOption(queryOption())
    .addHelpText('after', '\nExamples:\n  lazurite status\n  lazurite status --query origins.local -o tsv\n\nExit status: 0 it runs, 1 it is starting, 3 it does not run.')
    .action(async (options: OutputOptions & FolderOptions) => {
      const dataDir = dataDirOf(options);
      const connection = await findServer(dataDir);
      if (connection === undefined) {
        const holder = await findHolder(dataDir);
        if (holder === undefined) throw new CommandError(`No Lazurite runs on ${dataDir}.`, 3, `${PROGRAM} up${folderWords(dataDir)}`);
        throw new CommandError(`Process ${holder.pid} holds ${dataDir} since ${holder.startedAt}; it is starting or stopping.`, 1);
      }
      const { clientSecret: _secret, identityHeader: _header, ...shown } = connection;
      writeData(shown, options, () =>
        process.stdout.write(
          renderFacts([
            ['State', `${style.green('running')} ${style.dim(`for ${formatSeconds((Date.now() - Date.parse(connection.startedAt)) / 1000)}, process ${connection.pid}`)}`],
            ['Version', connection.version],
            ['Studio', style.cyan(connection.origins.local)],
            ['Resource Manager', connection.origins.management],
            ['Subscription', connection.subscriptionId],
            ['Data folder', connection.dataDir],
          ]),
        ),
      );
    });
}
