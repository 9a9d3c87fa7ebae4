// The files through which the local driver and the runner speak: task.json in, state.json and exit.json out, `cancel`.
// Source: packages/runner/lazurite_runner.py.

import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { DriverTask, TaskEnd, TaskStats } from '../../driver.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the kernel tells it: with the pid and the boot id it names one process for ever. */
  readonly start: string;
}

export interface RunnerState {
  readonly phase: string;
  readonly bootId: string;
  readonly isolation: string;
  readonly runner: ProcessIdentity;
}

/** Writes the task so that the runner sees all of it or none. Only the owner may read it: it holds the job's tokens. */
export async function saveTask(task: DriverTask): Promise<void> {
  const { attemptId, workingDir, command, environment, timeoutSeconds, graceSeconds, logFile } = task;
  const content = JSON.stringify({ version: 1, attemptId, workingDir, command, environment, timeoutSeconds, graceSeconds, logFile });
  await saveFile(join(task.attemptDir, 'task.json'), content);
}

export async function saveCancel(attemptDir: string): Promise<void> {
  await saveFile(join(attemptDir, 'cancel'), '');
}

export async function findState(attemptDir: string): Promise<RunnerState | undefined> {
  const record = await findRecord(join(attemptDir, 'state.json'));
  const runner = objectAt(record, 'runner');
  const pid = numberAt(runner, 'pid');
  const start = stringAt(runner, 'start');
  if (record === undefined || pid === undefined || start === undefined) return undefined;
  return {
    phase: stringAt(record, 'phase') ?? 'starting',
    bootId: stringAt(record, 'bootId') ?? '',
    isolation: stringAt(record, 'isolation') ?? 'none',
    runner: { pid, start },
  };
}

export async function findEnd(attemptDir: string): Promise<TaskEnd | undefined> {
  const record = await findRecord(join(attemptDir, 'exit.json'));
  return record === undefined ? undefined : parseEnd(record);
}

function parseEnd(record: JsonObject): TaskEnd {
  const stats: TaskStats = {
    seconds: numberAt(record, 'seconds') ?? 0,
    cpuSeconds: numberAt(record, 'cpuSeconds') ?? 0,
    maxRssBytes: numberAt(record, 'maxRssBytes') ?? 0,
  };
  const kind = stringAt(record, 'kind');
  const exitCode = numberAt(record, 'exitCode');
  switch (kind) {
    case 'exited':
      if (exitCode !== undefined) return { kind, exitCode, stats };
      break;
    case 'signaled':
      return { kind, signal: stringAt(record, 'signal') ?? 'SIGKILL', stats };
    case 'timeout':
    case 'canceled':
      return { kind, stats };
    case 'startFailed':
      return { kind, message: stringAt(record, 'message') ?? 'The runner gave no reason.' };
    default:
      break;
  }
  return { kind: 'lost', message: `The runner's exit record cannot be understood: ${JSON.stringify(record).slice(0, 300)}` };
}

async function findRecord(path: string): Promise<JsonObject | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    // Something else than an object is as unreadable as broken JSON.
    return isJsonObject(value) ? value : {};
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function saveFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}
