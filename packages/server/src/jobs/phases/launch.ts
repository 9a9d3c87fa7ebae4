// Launch: everything the driver needs to start the processes of an attempt, kept on disk until the attempt ends, so that a
// server that dies between "prepared" and "started" starts exactly what was prepared.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Type } from 'typebox';
import { schemaCheck } from '#config/schema-check.ts';
import { Fault } from '#kernel/faults.ts';
import { type AttemptFolder, writeFileDurably } from '../files/attempt-folder.ts';
import type { DriverTask } from '../driver.ts';
import { resolveExpressions } from '../expressions.ts';
import { describeProcesses, findFreePorts, processCount } from '../hooks/distribution.ts';
import type { ReadyEnvironment } from '../hooks/environment.ts';
import type { JobCredentials } from '../hooks/identity.ts';
import { memberVariables, trackingVariables } from '../hooks/tracking.ts';
import type { JobContext } from './job-context.ts';

const GRACE_SECONDS = 10;
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';

const LaunchSchema = Type.Object({
  tasks: Type.Array(
    Type.Object({
      attemptId: Type.String(),
      attemptDir: Type.String(),
      workingDir: Type.String(),
      command: Type.String(),
      environment: Type.Record(Type.String(), Type.String()),
      timeoutSeconds: Type.Number(),
      graceSeconds: Type.Number(),
      logFile: Type.String(),
    }),
  ),
});

const check = schemaCheck(LaunchSchema);

export interface LaunchParts {
  readonly environment: ReadyEnvironment;
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  readonly credentials: JobCredentials;
}

/** The tasks, one for each process, with every expression resolved. */
export async function describeTasks(job: JobContext, parts: LaunchParts): Promise<readonly DriverTask[]> {
  const { command, folder, deps } = job;
  const values = { inputs: parts.inputs, outputs: parts.outputs };
  const text = resolveExpressions(command.command, values);
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(command.environmentVariables)) own[name] = resolveExpressions(value, values);
  // Nothing of the server's own environment reaches the command: this list is all there is.
  const base = {
    PATH: `${parts.environment.binDir}:${deps.systemPath ?? SYSTEM_PATH}`,
    VIRTUAL_ENV: dirname(parts.environment.binDir),
    HOME: folder.homeDir,
    TMPDIR: folder.tempDir,
    LANG: 'C.UTF-8',
    // Why: the first printed line is to be seen when it is printed, not when four kilobytes are full.
    PYTHONUNBUFFERED: '1',
    ...parts.environment.variables,
    ...trackingVariables(job, parts.credentials),
    ...parts.credentials.variables,
    ...memberVariables(parts.inputs, parts.outputs),
  };
  const count = processCount(command);
  if (count > 1) job.line(`processes: ${count}, all on this one host`);
  const ports = count > 1 ? await findFreePorts(count) : [];
  return describeProcesses(command, ports).map((process) => ({
    attemptId: `${job.attempt.id}-${process.rank}`,
    attemptDir: folder.runnerDir(process.rank),
    workingDir: folder.workingDir,
    command: text,
    environment: { ...base, ...process.variables, ...own },
    timeoutSeconds: command.timeoutSeconds,
    graceSeconds: GRACE_SECONDS,
    logFile: folder.commandLog(process.rank),
  }));
}

export async function saveLaunch(folder: AttemptFolder, tasks: readonly DriverTask[]): Promise<void> {
  await writeFileDurably(folder.launchFile, JSON.stringify({ tasks }));
}

/** Throws `internal`/`LaunchLost` when the file is not there or not one of ours. */
export async function loadLaunch(folder: AttemptFolder): Promise<readonly DriverTask[]> {
  const launch: unknown = await readFile(folder.launchFile, 'utf8').then(JSON.parse, () => undefined);
  if (!check.accepts(launch)) throw new Fault('gone', 'LaunchLost', 'What was prepared for this attempt is no longer on this machine.');
  return launch.tasks;
}
