// Nodes and queues: order, reasons, scaling, and computes that change or go under running jobs.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JobEngineHarness, jobEngineHarness, type RunningEngine, WORKSPACE_KEY } from '../../../testkit/src/job-engine-harness.ts';
import type { ComputeScale } from './computes.ts';
import { SCALE_DOWN } from './phases/work-kinds.ts';

let at: JobEngineHarness;
let server: RunningEngine;
beforeAll(async () => {
  at = await jobEngineHarness();
  server = await at.start();
});
afterAll(() => at.close());

const keyOf = (name: string): string => `${WORKSPACE_KEY}/computes/${name}`;
const put = (name: string, scale: ComputeScale): Promise<void> => at.database.transaction((tx) => server.engine.computes.putCompute(tx, at.context(), keyOf(name), name, scale));
const describeCompute = async (name: string) => (await server.engine.computes.describe(at.database.sql, [keyOf(name)])).get(keyOf(name));

/** Resolves when the condition holds, looked at after every change of a compute. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const met = Promise.withResolvers<void>();
  const check = (): void => void condition().then((holds) => holds && met.resolve(), met.reject);
  const unsubscribe = await at.database.listen('lazurite_events', check);
  check();
  await met.promise;
  unsubscribe();
}

async function scaleDown(name: string): Promise<unknown> {
  const kind = server.engine.work.find((work) => work.kind === SCALE_DOWN);
  return kind?.run(at.context(), { computeKey: keyOf(name) }, { itemId: 'x', attempt: 1 });
}

describe('computes', () => {
  test('jobs start in the order of submission and say what they wait for', async () => {
    await put('small', { min: 0, max: 1, idleSeconds: 120 });
    const from = at.driver.processes.length;
    const computeId = keyOf('small');
    await at.submit(server.engine, 'a', { computeId });
    const a = await at.driver.process(from);
    await at.submit(server.engine, 'b', { computeId });
    await at.submit(server.engine, 'c', { computeId });
    expect((await at.run('b')).statusReason).toMatchObject({ code: 'WaitingForNodes', message: 'waiting for 1 node of cluster small: 1 of 1 is busy with a; position 1' });
    expect((await at.run('c')).statusReason?.['message']).toBe('waiting for 1 node of cluster small: 1 of 1 is busy with a; position 2');
    expect((await at.run('c')).status).toBe('Queued');
    a.exit(0);
    const b = await at.driver.process(from + 1);
    expect(b.task.environment['AZUREML_RUN_ID']).toBe('b');
    expect((await at.run('c')).statusReason?.['message']).toBe('waiting for 1 node of cluster small: 1 of 1 is busy with b; position 1');
    expect((await server.engine.computes.listNodes(at.database.sql, computeId)).map((node) => [node.nodeState, node.runId])).toEqual([['running', 'b']]);
    await at.cancel(server.engine, 'c');
    await at.reached('c', 'Canceled');
    b.exit(0);
    await at.reached('b', 'Completed');
  });

  test('it grows to its maximum, and shrinks to its minimum after the idle time', async () => {
    await put('elastic', { min: 1, max: 3, idleSeconds: 60 });
    await until(async () => (await describeCompute('elastic'))?.nodeStateCounts.idleNodeCount === 1);
    const from = at.driver.processes.length;
    for (const job of ['e1', 'e2', 'e3', 'e4']) await at.submit(server.engine, job, { computeId: keyOf('elastic') });
    const running = await Promise.all([0, 1, 2].map((n) => at.driver.process(from + n)));
    expect(await describeCompute('elastic')).toMatchObject({ currentNodeCount: 3, targetNodeCount: 3, allocationState: 'Steady', nodeStateCounts: { runningNodeCount: 3 } });
    expect((await at.run('e4')).status).toBe('Queued');
    for (const process of running) process.exit(0);
    (await at.driver.process(from + 3)).exit(0);
    await at.reached('e4', 'Completed');
    for (const job of ['e1', 'e2', 'e3']) await at.reached(job, 'Completed');
    expect((await describeCompute('elastic'))?.nodeStateCounts.idleNodeCount).toBe(3);
    at.clock.advance(30_000);
    expect(await scaleDown('elastic')).toMatchObject({ againAfterMs: expect.any(Number) });
    expect((await describeCompute('elastic'))?.currentNodeCount).toBe(3);
    at.clock.advance(31_000);
    expect(await scaleDown('elastic')).toBe('done');
    expect((await describeCompute('elastic'))?.currentNodeCount).toBe(1);
  });

  test('a job of several nodes waits for all of them, and nobody overtakes it', async () => {
    await put('pair', { min: 0, max: 2, idleSeconds: 60 });
    const computeId = keyOf('pair');
    const from = at.driver.processes.length;
    await at.submit(server.engine, 'p1', { computeId });
    const p1 = await at.driver.process(from);
    await at.submit(server.engine, 'p2', { computeId, resources: { instanceCount: 2 } });
    await at.submit(server.engine, 'p3', { computeId });
    await until(async () => (await describeCompute('pair'))?.nodeStateCounts.idleNodeCount === 1);
    expect((await at.run('p2')).statusReason?.['message']).toBe('waiting for 2 nodes of cluster pair: 1 of 2 is busy with p1, 1 idle; position 1');
    expect((await at.run('p3')).status).toBe('Queued');
    p1.exit(0);
    const processes = await Promise.all([1, 2].map((n) => at.driver.process(from + n)));
    expect(processes.map((process) => process.task.environment['AZUREML_RUN_ID'])).toEqual(['p2', 'p2']);
    for (const process of processes) process.exit(0);
    (await at.driver.process(from + 3)).exit(0);
    await at.reached('p3', 'Completed');
    await expect(at.submit(server.engine, 'p4', { computeId, resources: { instanceCount: 3 } })).rejects.toMatchObject({ code: 'NotEnoughNodes' });
  });

  test('a deleted compute cancels its jobs and goes with the last of them', async () => {
    await put('doomed', { min: 0, max: 1, idleSeconds: 60 });
    const computeId = keyOf('doomed');
    const from = at.driver.processes.length;
    await at.submit(server.engine, 'd1', { computeId });
    await at.driver.process(from);
    await at.submit(server.engine, 'd2', { computeId });
    await at.database.transaction((tx) => server.engine.computes.deleteCompute(tx, at.context(), computeId));
    expect((await at.reached('d1', 'Canceled')).statusReason).toMatchObject({ code: 'ComputeDeleted' });
    await at.reached('d2', 'Canceled');
    await until(async () => (await describeCompute('doomed')) === undefined);
  });

  test('a smaller maximum takes nodes away as they become free', async () => {
    await put('shrinking', { min: 2, max: 2, idleSeconds: 60 });
    const from = at.driver.processes.length;
    await at.submit(server.engine, 's1', { computeId: keyOf('shrinking') });
    await at.submit(server.engine, 's2', { computeId: keyOf('shrinking') });
    const processes = await Promise.all([0, 1].map((n) => at.driver.process(from + n)));
    await put('shrinking', { min: 0, max: 1, idleSeconds: 60 });
    expect(await describeCompute('shrinking')).toMatchObject({ allocationState: 'Resizing', nodeStateCounts: { leavingNodeCount: 1, runningNodeCount: 1 } });
    for (const process of processes) process.exit(0);
    await at.reached('s1', 'Completed');
    await at.reached('s2', 'Completed');
    expect(await describeCompute('shrinking')).toMatchObject({ allocationState: 'Steady', currentNodeCount: 1 });
  });

  test('a machine that cannot run commands makes its nodes unusable, and says why', async () => {
    at.driver.problem = 'python3 is not on this machine';
    await put('broken', { min: 1, max: 1, idleSeconds: 60 });
    await at.submit(server.engine, 'w', { computeId: keyOf('broken') });
    await until(async () => (await describeCompute('broken'))?.nodeStateCounts.unusableNodeCount === 1);
    expect((await at.run('w')).statusReason?.['message']).toContain('1 unusable (python3 is not on this machine)');
    at.driver.problem = undefined;
    await at.cancel(server.engine, 'w');
    await at.reached('w', 'Canceled');
  });

  test('impossible sizes are refused', async () => {
    await expect(put('odd', { min: 3, max: 1, idleSeconds: 60 })).rejects.toMatchObject({ kind: 'invalid', code: 'InvalidScaleSettings' });
  });
});
