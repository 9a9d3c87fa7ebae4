// JobDriver: what starts and watches processes for the engine. One per kind of machine: local processes now,
// Slurm and Kubernetes later. The runner writes facts (started, exited, bytes of log); the engine decides status.
// Source: design/architecture.md §6, design/findings-engines.md §1.

import type { JsonObject } from '#kernel/json.ts';

/** One process to run on one node. Everything is resolved: no expressions, no references. */
export interface DriverTask {
  /** Unique per attempt; names the folder of the attempt. */
  readonly attemptId: string;
  /** Folder of the attempt on the node: the runner keeps state.json, exit.json and the log in it. */
  readonly attemptDir: string;
  readonly workingDir: string;
  /** The user's command; given to `bash -c`, the only place where a user's string meets a shell. */
  readonly command: string;
  /** The complete environment of the command: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Wall-clock limit in seconds, enforced by the runner even while no server is there. 0: none. */
  readonly timeoutSeconds: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
  /** Absolute path of the log file that receives stdout and stderr. */
  readonly logFile: string;
}

/** Versioned plain JSON: enough for another server process to find the task again. */
export interface DriverHandle extends JsonObject {
  readonly driver: string;
  readonly version: number;
}

export type TaskEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stats: TaskStats }
  | { readonly kind: 'signaled'; readonly signal: string; readonly stats: TaskStats }
  | { readonly kind: 'timeout'; readonly stats: TaskStats }
  | { readonly kind: 'canceled'; readonly stats: TaskStats }
  /** The runner could not start the command. */
  | { readonly kind: 'startFailed'; readonly message: string }
  /** The runner is gone and left no record: machine restarted, runner killed. */
  | { readonly kind: 'lost'; readonly message: string };

export interface TaskStats {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
}

export interface DriverCapabilities {
  /** The isolation that is really in force: `pid-namespace` or `process-group`. */
  readonly isolation: string;
  readonly limits: readonly string[];
}

export interface JobDriver {
  readonly name: string;
  capabilities(): Promise<DriverCapabilities>;
  /** Starts the task. Idempotent by attemptId: a second call finds the first's process. */
  start(task: DriverTask): Promise<DriverHandle>;
  /** Resolves when the task ended; survives a restart of the server because it only reads what the runner wrote. */
  wait(handle: DriverHandle, signal: AbortSignal): Promise<TaskEnd>;
  /** The end if it has ended, without waiting. */
  poll(handle: DriverHandle): Promise<TaskEnd | undefined>;
  /** Asks the runner to end the task (SIGTERM, grace, SIGKILL of every descendant); `wait` then reports `canceled`. Idempotent. */
  stop(handle: DriverHandle): Promise<void>;
}
