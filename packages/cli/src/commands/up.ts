// lazurite up, down, status.

import { rmSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@lazurite/server/config/settings.ts';
import { findHolder } from '@lazurite/server/storage/data-folder.ts';
import type { Command } from 'commander';
import { CommandError } from '../exit-status.ts';
import { type OutputOptions, renderData, parseFormat, style } from '../output.ts';
import { findServer } from '../running-server.ts';

export interface UpOptions {
  readonly dataDir?: string;
  readonly port?: string;
  readonly host?: string;
  readonly databaseUrl?: string;
  readonly domain?: string;
  readonly ephemeral?: boolean;
  readonly logLevel?: string;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start Lazurite in the foreground')
    .option('--data-dir <folder>', 'where everything is kept (default ~/.lazurite)')
    .option('--port <number>', 'the one TCP port; 0 picks a free one (default 7443)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--database-url <url>', 'an external PostgreSQL instead of the embedded one')
    .option('--domain <name>', 'suffix of all host names, two labels or more (default lazurite.localhost)')
    .option('--ephemeral', 'keep nothing: a temporary folder that is removed at the end')
    .option('--log-level <level>', 'debug, info, warn or error (default info)')
    .addHelpText('after', '\nExamples:\n  lazurite up\n  lazurite up --ephemeral --port 0\n  lazurite up --database-url postgres://user:secret@db.example.com/lazurite --domain ml.example.com')
    .action(async (options: UpOptions) => {
      const { stop, connection, ended } = await startServerFor(options);
      const { origins } = connection;
      process.stdout.write(
        [
          '',
          `  ${style.bold(style.blue('Lazurite'))} ${style.dim(connection.version)} is up`,
          '',
          `  Studio            ${style.cyan(origins.local)}   ${style.dim('sign in with: lazurite login')}`,
          `  Resource Manager  ${origins.management}`,
          `  Data folder       ${connection.dataDir}`,
          '',
          `  ${style.dim('Run any Azure client against it:')}  lazurite exec -- python train.py`,
          `  ${style.dim('Stop:')}  Ctrl-C, or lazurite down`,
          '',
          '',
        ].join('\n'),
      );
      await Promise.race([untilSignal(), ended]);
      process.stdout.write('\nStopping. Running jobs go on; the next `lazurite up` takes them over.\n');
      await stop();
    });
}

/** Starts a server in this process with the options of `up`. */
export async function startServerFor(options: UpOptions): Promise<import('@lazurite/server/main.ts').RunningServer> {
  const isEphemeral = options.ephemeral === true;
  const temporary = isEphemeral && options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'lazurite-')) : undefined;
  const settings = loadSettings({ ...options, ...(temporary === undefined ? {} : { dataDir: temporary }) });
  // Why: half of a warm start is compiling the same files again; the folder is the server's own, so nobody else can put code there.
  if (!settings.ephemeral) enableCompileCache(join(settings.dataDir, 'cache', 'code'));
  const { startServer } = await import('@lazurite/server/main.ts');
  const server = await startServer(settings, { hostEnvironment: process.env });
  flushCompileCache();
  if (!settings.ephemeral) return server;
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(settings.dataDir, { recursive: true, force: true });
    },
  };
}

export async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop the Lazurite that holds the data folder; running jobs go on')
    .option('--data-dir <folder>', 'its data folder (default ~/.lazurite)')
    .addHelpText('after', '\nExample:\n  lazurite down')
    .action(async (options: { readonly dataDir?: string }) => {
      const { dataDir } = loadSettings(options);
      const holder = await findHolder(dataDir);
      if (holder === undefined) {
        process.stderr.write(`No Lazurite runs on ${dataDir}.\n`);
        return;
      }
      process.kill(holder.pid, 'SIGTERM');
      for (let waitedMs = 0; (await findHolder(dataDir))?.nonce === holder.nonce; waitedMs += 100) {
        if (waitedMs > 30_000) throw new CommandError(`Process ${holder.pid} did not stop within 30 seconds. Look at its log; \`kill -9 ${holder.pid}\` loses nothing that was acknowledged.`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      process.stderr.write(`Stopped process ${holder.pid}.\n`);
    });
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('say whether Lazurite runs on the data folder, and where')
    .option('--data-dir <folder>', 'its data folder (default ~/.lazurite)')
    .option('-o, --output <format>', 'table, json, yaml or tsv', 'table')
    .addHelpText('after', '\nExample:\n  lazurite status --output json\n\nExit status: 0 it runs, 3 it does not.')
    .action(async (options: OutputOptions & { readonly dataDir?: string }) => {
      const { dataDir } = loadSettings(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
      const connection = await findServer(dataDir);
      if (connection === undefined) throw new CommandError(`No Lazurite runs on ${dataDir}. Start one with \`lazurite up\`.`, 3);
      const { clientSecret: _secret, identityHeader: _header, ...shown } = connection;
      const format = parseFormat(options.output ?? 'table');
      if (format !== 'table') process.stdout.write(renderData(shown, format));
      else
        process.stdout.write(
          `${style.green('running')}  process ${connection.pid} since ${connection.startedAt}\nstudio   ${connection.origins.local}\narm      ${connection.origins.management}\ndata     ${connection.dataDir}\n`,
        );
    });
}
