// Servers that die in every phase, and the next one that takes the jobs up.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JobEngineHarness, jobEngineHarness, WORKSPACE_KEY } from '../../../testkit/src/job-engine-harness.ts';
import { PRUNE } from './phases/work-kinds.ts';

let at: JobEngineHarness;
beforeAll(async () => {
  at = await jobEngineHarness();
});
afterAll(() => at.close());

describe('restart', () => {
  test('while the environment is built: it is prepared again and runs once', async () => {
    const usual = at.neighbours.buildEnvironment;
    const building = Promise.withResolvers<void>();
    const first = await at.start();
    at.neighbours.buildEnvironment = (_spec, { signal }) =>
      new Promise((_built, failed) => {
        signal.addEventListener('abort', () => failed(signal.reason), { once: true });
        building.resolve();
      });
    const count = at.driver.processes.length;
    await at.submit(first.engine, 'preparing');
    await building.promise;
    await first.kill();
    at.neighbours.buildEnvironment = usual;
    const second = await at.start();
    (await at.driver.process(count)).exit(0);
    await at.reached('preparing', 'Completed');
    expect(at.driver.processes.length).toBe(count + 1);
    await second.stop();
  });

  test('after the process was started, before that was written down: it is found, not started twice', async () => {
    const first = await at.start();
    const count = at.driver.processes.length;
    const killed = Promise.withResolvers<void>();
    at.driver.onStarted = async () => {
      at.driver.onStarted = undefined;
      await first.kill();
      killed.resolve();
      throw new Error('the server that waits for this call is dead');
    };
    await at.submit(first.engine, 'starting');
    await killed.promise;
    expect((await at.run('starting')).status).toBe('Starting');
    const second = await at.start();
    await at.reached('starting', 'Running');
    (await at.driver.process(count)).exit(0);
    await at.reached('starting', 'Completed');
    expect(at.driver.processes.length).toBe(count + 1);
    await second.stop();
  });

  test('while it runs: what was written meanwhile is there, once', async () => {
    const first = await at.start();
    const count = at.driver.processes.length;
    await at.submit(first.engine, 'running');
    const process = await at.driver.process(count);
    await at.reached('running', 'Running');
    process.print('before\n');
    await first.kill();
    process.print('while nobody listened\n');
    const second = await at.start();
    process.print('after\n');
    process.exit(0);
    await at.reached('running', 'Completed');
    expect(at.log('running')).toBe('before\nwhile nobody listened\nafter\n');
    await second.stop();
  });

  test('it ended while no server was there, and was canceled before', async () => {
    const first = await at.start();
    const count = at.driver.processes.length;
    await at.submit(first.engine, 'ended');
    const process = await at.driver.process(count);
    await at.reached('ended', 'Running');
    await first.stop();
    process.exit(0);
    await at.submit(first.engine, 'canceled');
    await at.cancel(first.engine, 'canceled');
    const second = await at.start();
    await at.reached('ended', 'Completed');
    await at.reached('canceled', 'Canceled');
    expect(at.driver.processes.length).toBe(count + 1);
    await second.stop();
  });

  test('while it is finalizing: outputs are registered once', async () => {
    const first = await at.start();
    const count = at.driver.processes.length;
    const registering = Promise.withResolvers<void>();
    at.neighbours.beforeRegister = () => {
      registering.resolve();
      return new Promise(() => undefined);
    };
    await at.submit(first.engine, 'finalizing', { outputs: { o: { jobOutputType: 'uri_folder', assetName: 'once' } } });
    (await at.driver.process(count)).exit(0);
    await registering.promise;
    at.neighbours.beforeRegister = async () => undefined;
    await first.kill();
    const second = await at.start();
    await at.reached('finalizing', 'Completed');
    expect(at.neighbours.registered.filter((id) => id.startsWith('azureml:once:'))).toHaveLength(1);
    await second.stop();
  });

  test('while it waits for a node', async () => {
    const first = await at.start({ serverlessNodes: 1 });
    const count = at.driver.processes.length;
    await at.submit(first.engine, 'holder');
    const holder = await at.driver.process(count);
    await at.submit(first.engine, 'waiter');
    await at.reached('waiter', 'Queued');
    await first.kill();
    const second = await at.start({ serverlessNodes: 1 });
    holder.exit(0);
    (await at.driver.process(count + 1)).exit(0);
    await at.reached('waiter', 'Completed');
    await second.stop();
  });

  test('a job whose resource goes is canceled and forgotten', async () => {
    const server = await at.start();
    const count = at.driver.processes.length;
    await at.submit(server.engine, 'removed');
    await at.driver.process(count);
    await at.database.transaction((tx) => server.engine.remove(tx, at.context(), WORKSPACE_KEY, 'removed'));
    await at.reached('removed', 'Canceled');
    expect((await server.engine.describeJobs(at.database.sql, WORKSPACE_KEY, ['removed'])).size).toBe(0);
    await server.stop();
  });

  test('folders of ended jobs go after a day, those of running ones and strangers to us stay', async () => {
    const server = await at.start();
    const count = at.driver.processes.length;
    await at.submit(server.engine, 'pruned');
    const ended = await at.driver.process(count);
    ended.exit(0);
    await at.reached('pruned', 'Completed');
    await at.submit(server.engine, 'kept');
    const kept = await at.driver.process(count + 1);
    const folders = (): readonly string[] => readdirSync(join(at.dir, 'attempts'));
    const folderOf = (process: typeof kept): string => process.task.attemptId.slice(0, 36);
    mkdirSync(join(at.dir, 'attempts', 'not-ours'));
    const prune = (): Promise<unknown> | undefined => server.engine.work.find((work) => work.kind === PRUNE)?.run(at.context(), {}, { itemId: 'x', attempt: 1 });
    await prune();
    expect(folders()).toContain(folderOf(ended));
    at.clock.advance(25 * 3_600_000);
    await prune();
    expect(folders()).not.toContain(folderOf(ended));
    expect(folders()).toEqual(expect.arrayContaining([folderOf(kept), 'not-ours']));
    kept.exit(0);
    await at.reached('kept', 'Completed');
    expect(existsSync(kept.task.attemptDir)).toBe(false);
    await server.stop();
  });
});
