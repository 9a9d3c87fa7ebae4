// Conformance kit of job drivers: what every engine must do with real processes, whichever machine they run on.
// Source: design/architecture.md §6 and §9, packages/server/src/jobs/driver.ts.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverHandle, DriverTask, JobDriver, TaskEnd } from '@lazurite/server/jobs/driver.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface DriverUnderTest {
  readonly name: string;
  create(): Promise<JobDriver>;
  /** An ES module that starts the task, prints the handle as one line of JSON and then stays. It is killed with SIGKILL. */
  starter(task: DriverTask): string;
  /** Kills the runner of the attempt without letting it write anything. */
  killRunner(handle: DriverHandle): void;
  /** What is expected as `capabilities().isolation`. */
  readonly isolation: string;
}

const never = new AbortController().signal;

/** Declares the suite; call it at the top of a test file. */
export function describeDriver(subject: DriverUnderTest): void {
  describe(`driver ${subject.name}`, () => {
    let driver: JobDriver;
    let folder: string;
    let count = 0;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lazurite-driver-'));
      driver = await subject.create();
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    function task(command: string, changes: Partial<DriverTask> = {}): DriverTask {
      count += 1;
      const attemptDir = join(folder, `attempt-${count}`);
      const workingDir = join(folder, `work-${count}`);
      mkdirSync(workingDir);
      return {
        attemptId: `attempt-${count}`,
        attemptDir,
        workingDir,
        command,
        environment: { PATH: '/usr/bin:/bin' },
        timeoutSeconds: 0,
        graceSeconds: 5,
        logFile: join(attemptDir, 'logs', 'std_log.txt'),
        ...changes,
      };
    }

    async function finish(started: DriverTask): Promise<TaskEnd> {
      return driver.wait(await driver.start(started), never);
    }

    const logOf = (of: DriverTask): string => readFileSync(of.logFile, 'utf8');

    it('says which isolation is in force', async () => {
      expect((await driver.capabilities()).isolation).toBe(subject.isolation);
    });

    it('reports exit codes with statistics', async () => {
      const end = await finish(task('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7'));
      expect(end).toMatchObject({ kind: 'exited', exitCode: 7 });
      if (end.kind !== 'exited') return;
      expect(end.stats.seconds).toBeGreaterThan(0);
      expect(end.stats.cpuSeconds).toBeGreaterThan(0);
      expect(end.stats.maxRssBytes).toBeGreaterThan(1_000_000);
    });

    it('does not take an exit code above 128 for a signal', async () => {
      expect(await finish(task('exit 143'))).toMatchObject({ kind: 'exited', exitCode: 143 });
    });

    it('reports the signal that ended the command', async () => {
      expect(await finish(task('kill -SEGV $$'))).toMatchObject({ kind: 'signaled', signal: 'SIGSEGV' });
      expect(await finish(task('kill -KILL $$'))).toMatchObject({ kind: 'signaled', signal: 'SIGKILL' });
    });

    it('gives exactly the environment of the task, unicode and newlines included', async () => {
      const environment = { PATH: '/usr/bin:/bin', GREETING: 'grüß dich, 世界 🌍', LINES: 'a\nb', EMPTY: '' };
      const of = task('env -0', { environment });
      expect(await finish(of)).toMatchObject({ kind: 'exited', exitCode: 0 });
      const found = Object.fromEntries(
        logOf(of)
          .split('\0')
          .filter(Boolean)
          .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
      );
      // bash itself adds these three.
      const { PWD, SHLVL, _, ...rest } = found;
      expect(rest).toEqual(environment);
      expect([PWD, SHLVL, _]).toEqual([of.workingDir, expect.any(String), '/usr/bin/env']);
    });

    it('passes the command to bash unchanged', async () => {
      const of = task(`printf '%s\\n' "it's \\$5" 'ünï' && cat <<'END'\nline "one"\n\tline two\nEND`);
      expect(await finish(of)).toMatchObject({ kind: 'exited', exitCode: 0 });
      expect(logOf(of)).toBe(`it's $5\nünï\nline "one"\n\tline two\n`);
    });

    it('gives the command no standard input to wait for', async () => {
      const of = task('cat; echo end');
      expect(await finish(of)).toMatchObject({ kind: 'exited', exitCode: 0 });
      expect(logOf(of)).toBe('end\n');
    });

    it('keeps big output whole and appends to a log that exists', async () => {
      const of = task('head -c 20000000 /dev/zero | tr "\\0" x; echo oops >&2');
      mkdirSync(join(of.attemptDir, 'logs'), { recursive: true });
      expect(await finish({ ...task('echo first'), logFile: of.logFile })).toMatchObject({ kind: 'exited' });
      expect(await finish(of)).toMatchObject({ kind: 'exited', exitCode: 0 });
      const log = logOf(of);
      expect(log.length).toBe('first\n'.length + 20_000_000 + 'oops\n'.length);
      expect(log.startsWith('first\nx')).toBe(true);
      expect(log.endsWith('xoops\n')).toBe(true);
    });

    it('records a command that cannot be started', async () => {
      const missing = await finish(task('true', { workingDir: join(folder, 'not-there') }));
      expect(missing).toMatchObject({ kind: 'startFailed', message: expect.stringMatching(/not-there.*No such file/) });
      const unusable = await finish(task('true', { environment: { 'A=B': 'c' } }));
      expect(unusable).toMatchObject({ kind: 'startFailed', message: expect.stringMatching(/environment/) });
    });

    it('starts an attempt once, however often it is told to', async () => {
      const of = task('echo started; sleep 0.3');
      const handles = await Promise.all([driver.start(of), driver.start(of), driver.start(of)]);
      const ends = await Promise.all(handles.map((handle) => driver.wait(handle, never)));
      expect(await driver.wait(await driver.start(of), never)).toEqual(ends[0]);
      expect(ends.map((end) => end.kind)).toEqual(['exited', 'exited', 'exited']);
      expect(logOf(of)).toBe('started\n');
    });

    it('polls without waiting', async () => {
      const handle = await driver.start(task('sleep 100'));
      expect(await driver.poll(handle)).toBeUndefined();
      await driver.stop(handle);
      const end = await driver.wait(handle, never);
      expect(await driver.poll(handle)).toEqual(end);
    });

    it('leaves off waiting when told to, and the task goes on', async () => {
      const handle = await driver.start(task('sleep 100'));
      const giveUp = new AbortController();
      const waiting = driver.wait(handle, giveUp.signal);
      giveUp.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
      expect(await driver.poll(handle)).toBeUndefined();
      await driver.stop(handle);
      expect((await driver.wait(handle, never)).kind).toBe('canceled');
    });

    it('lets a canceled command end by itself within the grace', async () => {
      const of = task('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
      const handle = await driver.start(of);
      await until(() => existsSync(of.logFile) && logOf(of) === 'ready\n');
      await driver.stop(handle);
      await driver.stop(handle);
      expect((await driver.wait(handle, never)).kind).toBe('canceled');
      expect(logOf(of)).toContain('bye\n');
      await driver.stop(handle);
    });

    it('cancels everything below the command, also what ignores SIGTERM and has a session of its own', async () => {
      const mark = `lazurite-mark-${process.pid}-${count}`;
      const deaf = `trap "" TERM; exec -a ${mark} sleep 1000`;
      const of = task(`for i in 1 2 3; do (setsid bash -c '${deaf}' &); (bash -c '${deaf}' &); done; trap "" TERM; echo ready; while :; do sleep 1000; done`, { graceSeconds: 0.2 });
      const handle = await driver.start(of);
      await until(() => countMarked(mark) === 6);
      await driver.stop(handle);
      expect((await driver.wait(handle, never)).kind).toBe('canceled');
      expect(countMarked(mark)).toBe(0);
    });

    it('ends what the command left running', async () => {
      const mark = `lazurite-mark-${process.pid}-${count}`;
      const of = task(`(setsid bash -c 'exec -a ${mark} sleep 1000' &); sleep 0.2; exit 4`);
      expect(await finish(of)).toMatchObject({ kind: 'exited', exitCode: 4 });
      expect(countMarked(mark)).toBe(0);
    });

    it('keeps the time limit', async () => {
      expect(await finish(task('trap "" TERM; while :; do sleep 1000; done', { timeoutSeconds: 0.3, graceSeconds: 0.2 }))).toMatchObject({ kind: 'timeout' });
    });

    it('goes on after kill -9 of the server, and another server finds it', async () => {
      const of = task('echo one; sleep 1; echo two; exit 5');
      const handle = await startAndKill(subject.starter(of));
      expect(await driver.wait(handle, never)).toMatchObject({ kind: 'exited', exitCode: 5 });
      expect(logOf(of)).toBe('one\ntwo\n');
    });

    it('keeps the time limit while no server is there', async () => {
      const of = task('sleep 1000', { timeoutSeconds: 0.5, graceSeconds: 0.1 });
      const handle = await startAndKill(subject.starter(of));
      expect((await driver.wait(handle, never)).kind).toBe('timeout');
    });

    it('reports a task as lost when its runner was killed, and ends what it left', async () => {
      const mark = `lazurite-mark-${process.pid}-${count}`;
      const of = task(`(setsid bash -c 'exec -a ${mark} sleep 1000' &); exec sleep 1000`);
      const handle = await driver.start(of);
      await until(() => countMarked(mark) === 1);
      subject.killRunner(handle);
      expect(await driver.wait(handle, never)).toMatchObject({ kind: 'lost', message: expect.stringMatching(/killed/) });
      await until(() => countMarked(mark) === 0);
    });

    it('keeps no copy of the environment once the task runs', async () => {
      const of = task('sleep 1000', { environment: { PATH: '/usr/bin:/bin', TOKEN: 'only-for-the-command' } });
      const handle = await driver.start(of);
      await until(() => readdirSync(of.attemptDir).every((name) => name === 'logs' || !readFileSync(join(of.attemptDir, name), 'utf8').includes('only-for-the-command')));
      await driver.stop(handle);
      expect((await driver.wait(handle, never)).kind).toBe('canceled');
    });

    it('refuses a handle of another driver', async () => {
      await expect(driver.poll({ driver: 'other', version: 1 })).rejects.toMatchObject({ code: 'InvalidHandle' });
    });
  });
}

/** Processes whose argument 0 is the mark; exact, because other test runs share the machine. */
function countMarked(mark: string): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && argumentZero(name) === mark).length;
}

function argumentZero(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    return '';
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function startAndKill(module: string): Promise<DriverHandle> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', module], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  child.kill('SIGKILL');
  await exited;
  const handle: DriverHandle = JSON.parse(text);
  return handle;
}
