// The local driver against the conformance kit, with each isolation that this machine allows, and what only it does.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#kernel/context.ts';
import { isJsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeDriver } from '../../../../../testkit/src/driver-conformance.ts';
import { createLocalDriver, type IsolationMethod, RUNNER_FILE } from './local-driver.ts';

const python = execFileSync('python3', ['-c', 'import os,sys; print(os.path.realpath(sys.executable))'], { encoding: 'utf8' }).trim();
const probed: unknown = JSON.parse(execFileSync(python, ['-I', '-S', RUNNER_FILE, 'probe'], { encoding: 'utf8' }));
const best: IsolationMethod = stringAt(probed, 'method') === 'namespace' ? 'namespace' : stringAt(probed, 'method') === 'bwrap' ? 'bwrap' : 'process-group';
const methods: readonly IsolationMethod[] = best === 'process-group' ? [best] : [best, 'process-group'];

for (const method of methods) {
  describeDriver({
    name: `local (${method})`,
    isolation: method === 'process-group' ? 'process-group' : 'pid-namespace',
    create: async () => createLocalDriver({ python, log: silentLog, method }),
    starter: (task) => `
      import { createLocalDriver } from ${JSON.stringify(new URL('./local-driver.ts', import.meta.url).href)};
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const driver = createLocalDriver({ python: ${JSON.stringify(python)}, log, method: ${JSON.stringify(method)} });
      console.log(JSON.stringify(await driver.start(${JSON.stringify(task)})));
      setInterval(() => {}, 1000);`,
    killRunner: (handle) => process.kill(runnerPid(String(handle['attemptDir'])), 'SIGKILL'),
  });
}

function stateOf(attemptDir: string): Record<string, unknown> {
  const state: unknown = JSON.parse(readFileSync(join(attemptDir, 'state.json'), 'utf8'));
  return isJsonObject(state) ? { ...state } : {};
}

function runnerPid(attemptDir: string): number {
  return numberAt(objectAt(stateOf(attemptDir), 'runner'), 'pid') ?? 0;
}

describe('local driver', () => {
  const driver = createLocalDriver({ python, log: silentLog });
  const folder = mkdtempSync(join(tmpdir(), 'lazurite-local-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const task = (attemptId: string, command: string) => ({
    attemptId,
    attemptDir: join(folder, attemptId),
    workingDir: folder,
    command,
    environment: {},
    timeoutSeconds: 0,
    graceSeconds: 1,
    logFile: join(folder, attemptId, 'log.txt'),
  });

  it('takes the pid of an unrelated process for a dead runner, and leaves that process alone', async () => {
    const stranger = spawn('sleep', ['1000']);
    const handle = await driver.start(task('stranger', 'exec sleep 1000'));
    const dir = join(folder, 'stranger');
    process.kill(runnerPid(dir), 'SIGKILL');
    const state = stateOf(dir);
    writeFileSync(join(dir, 'state.json'), JSON.stringify({ ...state, runner: { pid: stranger.pid, start: '1' } }));
    await driver.stop(handle);
    expect(await driver.wait(handle, new AbortController().signal)).toMatchObject({ kind: 'lost' });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill('SIGKILL');
  });

  it('reports a task from before a restart of the machine as lost', async () => {
    const handle = await driver.start(task('reboot', 'exec sleep 1000'));
    const dir = join(folder, 'reboot');
    const state = stateOf(dir);
    process.kill(runnerPid(dir), 'SIGKILL');
    writeFileSync(join(dir, 'state.json'), JSON.stringify({ ...state, bootId: 'another' }));
    expect(await driver.poll(handle)).toMatchObject({ kind: 'lost', message: expect.stringMatching(/restarted/) });
  });

  it('does not start what was canceled before', async () => {
    mkdirSync(join(folder, 'early'));
    writeFileSync(join(folder, 'early', 'cancel'), '');
    const handle = await driver.start(task('early', 'echo ran'));
    expect(await driver.poll(handle)).toMatchObject({ kind: 'canceled' });
    expect(existsSync(join(folder, 'early', 'log.txt'))).toBe(false);
  });

  it('obeys a cancel file without any signal', async () => {
    const handle = await driver.start(task('file', 'exec sleep 1000'));
    writeFileSync(join(folder, 'file', 'cancel'), '');
    expect(await driver.wait(handle, new AbortController().signal)).toMatchObject({ kind: 'canceled' });
  });

  it('names a Python that does not work', async () => {
    const broken = createLocalDriver({ python: '/nowhere/python3', log: silentLog });
    await expect(broken.start(task('broken', 'true'))).rejects.toMatchObject({ code: 'RunnerDidNotStart', message: expect.stringContaining('/nowhere/python3') });
  });

  describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('on a full disk', () => {
    const small = join(folder, 'small');
    const attemptDir = join(small, 'attempt');
    const task = { attemptId: 'full', attemptDir, workingDir: small, environment: {}, timeoutSeconds: 0, graceSeconds: 1, logFile: join(attemptDir, 'log.txt') };
    beforeEach(() => {
      mkdirSync(small, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small]);
    });
    afterEach(() => execFileSync('umount', ['-l', small]));

    it('still records how the command ended', async () => {
      const handle = await driver.start({ ...task, command: 'yes > fill; echo x; exit 6' });
      expect(await driver.wait(handle, new AbortController().signal)).toMatchObject({ kind: 'exited', exitCode: 6 });
    });

    it('records that it could not start, and why', async () => {
      mkdirSync(attemptDir);
      writeFileSync(join(attemptDir, 'task.json'), JSON.stringify({ ...task, command: 'true' }));
      execFileSync('bash', ['-c', 'yes > "$1"; true', 'bash', join(small, 'fill')], { stdio: 'ignore' });
      execFileSync(python, ['-I', '-S', RUNNER_FILE, 'run', attemptDir, best]);
      const end = await driver.poll({ driver: 'local', version: 1, attemptDir });
      expect(end).toMatchObject({ kind: 'startFailed', message: expect.stringMatching(/No space left/) });
    });
  });
});
