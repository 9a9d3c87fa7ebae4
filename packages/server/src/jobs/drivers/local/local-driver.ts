// The local driver: jobs as processes of this machine, each under a runner of its own that outlives the server.
// Source: design/architecture.md §6, findings-engines.md §1.
//
//   start: task.json -> runner (detached) -> state.json      wait/poll: exit.json, or the runner is dead: lost
//   stop:  cancel file + SIGTERM to the runner

import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Log } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { DriverCapabilities, DriverHandle, DriverTask, JobDriver, TaskEnd } from '../../driver.ts';
import { findEnd, findState, isMissing, saveCancel, saveTask } from './attempt-files.ts';
import { awaitChange } from './await-file.ts';
import { currentBootId, isAlive } from './process-identity.ts';

const run = promisify(execFile);
const VERSION = 1;
const POLL_MS = 2_000;
const START_TIMEOUT_MS = 60_000;

/** Where the runner lies in the repository; the published package passes its own place. */
export const RUNNER_FILE = fileURLToPath(new URL('../../../../../runner/lazurite_runner.py', import.meta.url));

export interface LocalDriverOptions {
  /** Absolute path of a real Python 3.9 or newer: a shim costs each job 0.1 s. */
  readonly python: string;
  readonly log: Log;
  /** Default: the runner in the repository. */
  readonly runner?: string;
  /** Search path of the runner itself, to find bwrap with. Default: the system's folders. */
  readonly path?: string;
  /** Default: the best that the machine allows. */
  readonly method?: IsolationMethod;
}

/** How processes are kept together: our own pid namespace, one made by bwrap, or only a process group with a subreaper. */
export type IsolationMethod = 'namespace' | 'bwrap' | 'process-group';

export function createLocalDriver(options: LocalDriverOptions): JobDriver {
  const runner = options.runner ?? RUNNER_FILE;
  const base = ['-I', '-S', runner];
  // Why LC_ALL: the runner reads `ps` on macOS and must see the same words whatever the user's language is.
  const environment = { PATH: options.path ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', LANG: 'C' };
  let probed: Promise<IsolationMethod> | undefined;
  /** Starts under way: a second start of an attempt joins the first, so that no second task file is written. */
  const starting = new Map<string, Promise<DriverHandle>>();

  async function method(): Promise<IsolationMethod> {
    probed ??= probe();
    probed.catch(() => {
      probed = undefined;
    });
    return probed;
  }

  async function probe(): Promise<IsolationMethod> {
    if (options.method !== undefined) return options.method;
    const { stdout } = await run(options.python, [...base, 'probe'], { env: environment, timeout: START_TIMEOUT_MS }).catch((error: unknown) => {
      throw new Fault('unavailable', 'RunnerDidNotStart', `The job runner does not start with ${options.python}: ${firstLine(error)}. It needs Python 3.9 or newer; choose one with LAZURITE_PYTHON.`, {
        cause: error,
      });
    });
    const found = stringAt(JSON.parse(stdout), 'method');
    const chosen = found === 'namespace' || found === 'bwrap' ? found : 'process-group';
    options.log.info({ method: chosen, python: options.python }, 'driver.local.probed');
    return chosen;
  }

  async function startOnce(task: DriverTask): Promise<DriverHandle> {
    checkTask(task);
    const handle = { driver: 'local', version: VERSION, attemptId: task.attemptId, attemptDir: task.attemptDir };
    await mkdir(task.attemptDir, { recursive: true, mode: 0o700 });
    if (await hasStarted(task.attemptDir)) return handle;
    const chosen = await method();
    await saveTask(task);
    // Why: starts of one attempt by two servers may both come here; the runner's own lock lets only one of them run it.
    const words = join(task.attemptDir, 'runner.log');
    const errors = openSync(words, 'a', 0o600);
    const child = spawn(options.python, [...base, 'run', task.attemptDir, chosen], { detached: true, stdio: ['ignore', 'ignore', errors], cwd: '/', env: environment });
    closeSync(errors);
    child.unref();
    const runnerEnd = new AbortController();
    let failure = '';
    child.once('error', (error) => {
      failure = error.message;
      runnerEnd.abort();
    });
    child.once('exit', (code, signal) => {
      failure = `it ended with ${signal ?? `status ${code}`}`;
      runnerEnd.abort();
    });
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    try {
      await awaitChange(task.attemptDir, POLL_MS, AbortSignal.any([runnerEnd.signal, timeout]), async () => ((await isRunning(task.attemptDir)) ? true : undefined));
    } catch {
      // A short task may be over, and a second runner has left to the first, before we looked.
      if (!(await hasStarted(task.attemptDir))) {
        const said = (await readFile(words, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? '';
        throw new Fault(
          'unavailable',
          'RunnerDidNotStart',
          `The runner of attempt ${task.attemptId} did not start: ${[failure || `no sign of it after ${START_TIMEOUT_MS / 1000} s`, said].filter(Boolean).join('; ')}.`,
        );
      }
    }
    return handle;
  }

  async function poll(handle: DriverHandle): Promise<TaskEnd | undefined> {
    const attemptDir = attemptDirOf(handle);
    const end = await findEnd(attemptDir);
    if (end !== undefined) return end;
    const state = await findState(attemptDir);
    if (state !== undefined && state.bootId !== (await currentBootId())) {
      return { kind: 'lost', message: 'The machine was restarted while the job ran.' };
    }
    if (state !== undefined && (await isAlive(state.runner))) return undefined;
    // Why again: the runner may have written its record and ended between the two looks.
    const late = await findEnd(attemptDir);
    if (late !== undefined) return late;
    if (state === undefined) return { kind: 'lost', message: `There is no record of the attempt in ${attemptDir}.` };
    await sweep(attemptDir);
    return { kind: 'lost', message: `The runner (pid ${state.runner.pid}) is gone and left no exit record: it was killed.` };
  }

  /** A lost job must not go on writing while its retry runs. */
  async function sweep(attemptDir: string): Promise<void> {
    try {
      await run(options.python, [...base, 'sweep', attemptDir], { env: environment, timeout: START_TIMEOUT_MS });
    } catch (error) {
      options.log.warn({ attemptDir, error: firstLine(error) }, 'driver.local.sweepFailed');
    }
    await rm(join(attemptDir, 'task.json'), { force: true });
  }

  return {
    name: 'local',
    start(task) {
      const key = task.attemptDir;
      const current = starting.get(key) ?? startOnce(task).finally(() => starting.delete(key));
      starting.set(key, current);
      return current;
    },
    poll,
    async capabilities(): Promise<DriverCapabilities> {
      return { isolation: (await method()) === 'process-group' ? 'process-group' : 'pid-namespace', limits: ['time'] };
    },
    wait: (handle, signal) => awaitChange(attemptDirOf(handle), POLL_MS, signal, () => poll(handle)),
    async stop(handle) {
      const attemptDir = attemptDirOf(handle);
      if ((await findEnd(attemptDir)) !== undefined) return;
      // No folder: nothing was started, or all is cleared away already.
      const isThere = await saveCancel(attemptDir).then(
        () => true,
        (error: unknown) => {
          if (isMissing(error)) return false;
          throw error;
        },
      );
      if (!isThere) return;
      const state = await findState(attemptDir);
      if (state === undefined || state.bootId !== (await currentBootId()) || !(await isAlive(state.runner))) return;
      try {
        process.kill(state.runner.pid, 'SIGTERM');
      } catch {
        // It has just ended; the file said the same anyway.
      }
    },
  };
}

/** Running, or already over. */
async function isRunning(attemptDir: string): Promise<boolean> {
  return (await findState(attemptDir))?.phase === 'running' || (await findEnd(attemptDir)) !== undefined;
}

async function hasStarted(attemptDir: string): Promise<boolean> {
  return (await findState(attemptDir)) !== undefined || (await findEnd(attemptDir)) !== undefined;
}

function checkTask(task: DriverTask): void {
  for (const [name, path] of [
    ['attemptDir', task.attemptDir],
    ['workingDir', task.workingDir],
    ['logFile', task.logFile],
  ] as const) {
    if (!isAbsolute(path)) throw new Fault('invalid', 'InvalidTask', `${name} of attempt ${task.attemptId} must be an absolute path and is ${JSON.stringify(path)}.`, { target: name });
  }
}

function attemptDirOf(handle: DriverHandle): string {
  const attemptDir = stringAt(handle, 'attemptDir');
  if (handle.driver !== 'local' || handle.version !== VERSION || attemptDir === undefined) {
    throw new Fault('invalid', 'InvalidHandle', `This handle is not one of the local driver, version ${VERSION}: driver ${handle.driver}, version ${handle.version}.`);
  }
  return attemptDir;
}

function firstLine(error: unknown): string {
  const stderr = stringAt(error, 'stderr') ?? stringAt(objectAt(error, 'cause'), 'message');
  const text = stderr !== undefined && stderr.trim() !== '' ? (stderr.trim().split('\n').at(-1) ?? '') : String(error);
  return text.slice(0, 500);
}
