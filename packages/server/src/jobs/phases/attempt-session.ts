// AttemptSession: one server's hold on an attempt: its folder, its logs on their way to the store, and its live folders.
// Opened anew after a restart; everything in it continues where the last one stopped.

import type { Context } from '#kernel/context.ts';
import { numberAt } from '#kernel/json.ts';
import { getAttempt, type JobRecord, recordAttempt } from '#storage/job-store.ts';
import { publishEvent } from '#storage/notify.ts';
import { attemptFolder, makeAttemptFolder, touch } from '../files/attempt-folder.ts';
import { parseCommandJob } from '../command-job.ts';
import type { JobEngineDeps } from '../engine-deps.ts';
import type { FolderSync } from '../files/folder-sync.ts';
import { syncArtifacts } from '../hooks/artifacts.ts';
import { commandLogName, processCount } from '../hooks/distribution.ts';
import { syncOutputs } from '../hooks/outputs.ts';
import { artifactAddress, type JobContext, parsePrincipal, parseScope, systemLogWriter } from './job-context.ts';
import { type LogShipper, startLogShipper } from '../files/log-shipper.ts';

export const SYSTEM_LOG_NAME = 'system_logs/lifecycler/lifecycler.log';

export interface AttemptSession {
  readonly job: JobContext;
  /** Starts carrying artifacts and outputs to the store. */
  startSync(): Promise<void>;
  /** Brings everything to the store that is not there yet. */
  finishSync(): Promise<void>;
  /** Every log complete in the store. */
  flushLogs(): Promise<void>;
  close(): void;
}

export function attemptsDirOf(deps: JobEngineDeps): string {
  return `${deps.dir}/attempts`;
}

/** `signal` aborts the hooks when the job is to be canceled or this server has to let go. */
export async function openSession(ctx: Context, deps: JobEngineDeps, record: JobRecord, signal: AbortSignal): Promise<AttemptSession> {
  let attempt = await getAttempt(deps.database.sql, record.no, record.attempt);
  const folder = attemptFolder(attemptsDirOf(deps), attempt.id);
  const command = parseCommandJob(record.definition);
  const artifacts = await deps.catalog.artifactStore(record.workspaceKey);
  await makeAttemptFolder(folder);
  const count = processCount(command);
  const logs = [{ name: SYSTEM_LOG_NAME, file: folder.systemLog }, ...Array.from({ length: count }, (_, rank) => ({ name: commandLogName(rank, count), file: folder.commandLog(rank) }))];

  if (attempt.number > 1 && attempt.preparedAt === null && Object.keys(attempt.logBases).length === 0) {
    // A retry appends to the logs of the attempt before it.
    const bases: Record<string, number> = {};
    for (const log of logs) bases[log.name] = (await deps.blobs.findBlob(artifactAddress(artifacts, record.name, log.name)))?.sizeBytes ?? 0;
    await deps.database.transaction((tx) => recordAttempt(tx, attempt.id, { logBases: bases }));
    attempt = { ...attempt, logBases: bases };
  }

  const eventKey = `${record.workspaceKey}/jobs/${record.name}`;
  const shippers: LogShipper[] = [];
  for (const log of logs) {
    await touch(log.file);
    shippers.push(
      startLogShipper({
        blobs: deps.blobs,
        file: log.file,
        address: artifactAddress(artifacts, record.name, log.name),
        base: numberAt(attempt.logBases, log.name) ?? 0,
        onShipped: () => publishEvent(deps.database.sql, { topic: 'log', key: eventKey }),
        onError: (error) => ctx.log.warn({ err: error, job: record.name, file: log.name }, 'job.log_ship_failed'),
      }),
    );
  }
  const job: JobContext = {
    ctx,
    deps,
    job: record,
    command,
    scope: parseScope(record.scope),
    submitter: parsePrincipal(record.submitter),
    attempt,
    folder,
    artifacts,
    signal,
    line: systemLogWriter(folder, ctx),
  };
  let syncs: readonly FolderSync[] | undefined;
  const startSync = async (): Promise<void> => {
    syncs ??= [...(await syncOutputs(job)), ...(await syncArtifacts(job))];
  };
  return {
    job,
    startSync,
    async finishSync() {
      await startSync();
      for (const sync of syncs ?? []) await sync.finish(ctx.signal());
    },
    async flushLogs() {
      await Promise.all(shippers.map((shipper) => shipper.flush()));
    },
    close() {
      for (const shipper of shippers) shipper.close();
      for (const sync of syncs ?? []) sync.close();
    },
  };
}
