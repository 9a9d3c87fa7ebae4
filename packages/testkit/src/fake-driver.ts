// FakeDriver: a machine whose processes a test moves by hand. It outlives the engines that a test starts and kills, as
// real processes outlive the server.

import { appendFileSync } from 'node:fs';
import type { DriverHandle, DriverTask, JobDriver, TaskEnd } from '@lazurite/server/jobs/driver.ts';

const STATS = { seconds: 1, cpuSeconds: 0.5, maxRssBytes: 1 << 20 };

export interface FakeProcess {
  readonly task: DriverTask;
  readonly ended: Promise<TaskEnd>;
  readonly isStopped: boolean;
  print(text: string): void;
  exit(exitCode: number): void;
  lose(): void;
  end(end: TaskEnd): void;
}

export interface FakeDriver extends JobDriver {
  readonly processes: readonly FakeProcess[];
  /** Resolves with the n-th process (from 0) as soon as it was started. */
  process(n: number): Promise<FakeProcess>;
  /** Called after a process was started, before the engine learns of it. */
  onStarted: ((process: FakeProcess) => void | Promise<void>) | undefined;
  /** What is wrong with the machine; undefined for nothing. */
  problem: string | undefined;
}

export function createFakeDriver(): FakeDriver {
  const processes: FakeProcess[] = [];
  const byAttempt = new Map<string, FakeProcess & { finished: TaskEnd | undefined }>();
  const waiting: { readonly n: number; resolve(process: FakeProcess): void }[] = [];

  function spawn(task: DriverTask): FakeProcess & { finished: TaskEnd | undefined } {
    const ended = Promise.withResolvers<TaskEnd>();
    const process = {
      task,
      ended: ended.promise,
      finished: undefined as TaskEnd | undefined,
      isStopped: false,
      print: (text: string) => appendFileSync(task.logFile, text),
      exit: (exitCode: number) => process.end({ kind: 'exited', exitCode, stats: STATS }),
      lose: () => process.end({ kind: 'lost', message: 'the runner is gone' }),
      end: (end: TaskEnd) => {
        process.finished ??= end;
        ended.resolve(process.finished);
      },
    };
    byAttempt.set(task.attemptId, process);
    processes.push(process);
    for (const waiter of waiting) if (waiter.n === processes.length - 1) waiter.resolve(process);
    return process;
  }

  function find(handle: DriverHandle): (FakeProcess & { finished: TaskEnd | undefined }) | undefined {
    return byAttempt.get(String(handle['attemptId']));
  }

  const driver: FakeDriver = {
    name: 'fake',
    processes,
    onStarted: undefined,
    problem: undefined,
    async process(n) {
      const known = processes[n];
      if (known !== undefined) return known;
      const { promise, resolve } = Promise.withResolvers<FakeProcess>();
      waiting.push({ n, resolve });
      return promise;
    },
    async capabilities() {
      if (driver.problem !== undefined) throw new Error(driver.problem);
      return { isolation: 'none', limits: [] };
    },
    async start(task) {
      if (!byAttempt.has(task.attemptId)) {
        const process = spawn(task);
        await driver.onStarted?.(process);
      }
      return { driver: 'fake', version: 1, attemptId: task.attemptId };
    },
    async wait(handle, signal) {
      const process = find(handle);
      if (process === undefined) return { kind: 'lost', message: 'no such process' };
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        return await Promise.race([process.ended, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async poll(handle) {
      const process = find(handle);
      return process === undefined ? { kind: 'lost', message: 'no such process' } : process.finished;
    },
    async stop(handle) {
      const process = find(handle);
      if (process === undefined) return;
      Object.assign(process, { isStopped: true });
      process.end({ kind: 'canceled', stats: STATS });
    },
  };
  return driver;
}
