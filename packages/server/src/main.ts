// startServer: the program as the command line and the tests start it.

import { createServer } from 'node:net';
import { availableParallelism, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Connection, removeConnection, writeConnection } from '#config/connection.ts';
import type { Settings } from '#config/settings.ts';
import { version } from '#config/version.ts';
import { CLOUD_NAME } from '#config/cloud-names.ts';
import { listenFault } from '#config/listen-fault.ts';
import { systemClock } from '#kernel/clock.ts';
import { claimDataFolder } from '#storage/data-folder.ts';
import { type EmbeddedPostgres, spawnEmbeddedPostgres } from '#storage/embedded-postgres.ts';
import { createLog, type ServerLog } from '#telemetry/log.ts';
import type { Composition } from './compose.ts';

export interface RunningServer {
  readonly connection: Connection;
  readonly composition: Composition;
  /** Resolves when the server cannot go on, such as after the loss of its database. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly log?: ServerLog;
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>>;
}

/** Starts a server on its data folder. Throws Faults that say what is in the way: folder in use, port in use, database. */
export async function startServer(given: Settings, options: StartOptions = {}): Promise<RunningServer> {
  const folder = await claimDataFolder(given.dataDir);
  const undo: (() => Promise<void>)[] = [() => folder.release()];
  try {
    const log = options.log ?? createLog({ level: given.logLevel });
    const settings = given.port === 0 ? { ...given, port: await freePort(given.host) } : given;
    const postgres =
      settings.databaseUrl === ''
        ? await spawnEmbeddedPostgres({ dir: join(settings.dataDir, 'postgres'), isDurable: !settings.ephemeral, onLog: (line) => log.debug({ line }, 'database.log') })
        : undefined;
    if (postgres !== undefined) undo.unshift(() => postgres.stop());
    // Why here: the database starts while the rest of the program is loaded.
    const [{ Database }, { compose }] = await Promise.all([import('#storage/database.ts'), import('./compose.ts')]);
    await postgres?.ready();
    const database = await Database.open({ url: postgres?.url ?? settings.databaseUrl });
    undo.unshift(() => database.close());
    const composition = await compose({
      settings,
      database,
      log,
      clock: systemClock,
      ownerName: ownerName(),
      folderId: folder.id,
      hostEnvironment: options.hostEnvironment ?? {},
      serverlessNodes: Math.max(2, availableParallelism()),
    });
    undo.unshift(() => composition.stop());
    await composition.start();
    const connection = connectionOf(settings, composition);
    writeConnection(connection);
    undo.unshift(async () => removeConnection(settings.dataDir));
    log.info({ port: settings.port, dataDir: settings.dataDir, version }, 'server.started');
    return { connection, composition, ended: ended(postgres), stop: once(() => unwind(undo, log)) };
  } catch (error) {
    await unwind(undo, undefined);
    throw error;
  }
}

function connectionOf(settings: Settings, { names, tls, machine }: Composition): Connection {
  const { installation, credentials } = machine;
  return {
    version,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    dataDir: settings.dataDir,
    host: settings.host,
    port: settings.port,
    domain: settings.domain,
    region: settings.region,
    cloudName: CLOUD_NAME,
    tenantId: installation.tenantId,
    subscriptionId: installation.subscriptionId,
    ...credentials,
    origins: { management: names.resourceManager, login: names.login, api: names.api, studio: names.studio, local: names.local },
    caFile: tls.caFile,
    bundleFile: tls.bundleFile,
  };
}

async function ended(postgres: EmbeddedPostgres | undefined): Promise<void> {
  if (postgres === undefined) return new Promise<void>(() => undefined);
  return postgres.ended;
}

async function unwind(undo: readonly (() => Promise<void>)[], log: ServerLog | undefined): Promise<void> {
  for (const step of undo) await step().catch((error: unknown) => log?.error({ error }, 'server.stop_failed'));
  log?.info({}, 'server.stopped');
}

function once(act: () => Promise<void>): () => Promise<void> {
  let acted: Promise<void> | undefined;
  return () => (acted ??= act());
}

function ownerName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without an entry in the user database.
    return 'owner';
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', (error) => reject(listenFault(error, host, 0))).listen(0, host, resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
