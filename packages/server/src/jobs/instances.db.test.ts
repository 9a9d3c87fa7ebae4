// Compute instances: power, the job that runs there, and the end of idleness.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JobEngineHarness, jobEngineHarness, type RunningEngine, WORKSPACE_KEY } from '../../../testkit/src/job-engine-harness.ts';
import type { JsonObject } from '#kernel/json.ts';
import { POWER_SCHEDULE, SCALE_DOWN } from './phases/work-kinds.ts';
import type { PowerChange } from './instances.ts';

let at: JobEngineHarness;
let server: RunningEngine;
beforeAll(async () => {
  at = await jobEngineHarness();
  server = await at.start();
});
afterAll(() => at.close());

const keyOf = (name: string): string => `${WORKSPACE_KEY}/computes/${name}`;
const put = (name: string, stopsAfterSeconds: number | null, schedules: readonly JsonObject[] = []): Promise<void> =>
  at.database.transaction((tx) => server.engine.computes.putInstance(tx, at.context(), keyOf(name), name, { stopsAfterSeconds, schedules }));
const power = (name: string, change: PowerChange): Promise<void> => at.database.transaction((tx) => server.engine.computes.changePower(tx, at.context(), keyOf(name), change, 'User'));
const stateOf = async (name: string) => (await server.engine.computes.describe(at.database.sql, [keyOf(name)])).get(keyOf(name))?.instance;

async function until(name: string, state: string): Promise<void> {
  const met = Promise.withResolvers<void>();
  const check = (): void => void stateOf(name).then((now) => now?.state === state && met.resolve(), met.reject);
  const unsubscribe = await at.database.listen('lazurite_events', check);
  check();
  await met.promise;
  unsubscribe();
}

test('it runs jobs, stops with the one that runs, refuses others until it is started', async () => {
  await put('desk', null);
  await until('desk', 'Running');
  expect((await stateOf('desk'))?.lastOperation).toMatchObject({ name: 'Create', trigger: 'User', status: 'Succeeded' });
  const from = at.driver.processes.length;
  await at.submit(server.engine, 'on-desk', { computeId: keyOf('desk') });
  await at.driver.process(from);
  expect((await stateOf('desk'))?.state).toBe('JobRunning');
  await power('desk', 'Stop');
  await at.reached('on-desk', 'Canceled');
  await until('desk', 'Stopped');
  expect((await at.run('on-desk')).statusReason).toMatchObject({ message: 'The compute instance desk was stopped.' });
  await expect(at.submit(server.engine, 'too-late', { computeId: keyOf('desk') })).rejects.toMatchObject({ code: 'ComputeInstanceNotRunning' });
  await power('desk', 'Stop');
  await power('desk', 'Start');
  await until('desk', 'Running');
  expect((await stateOf('desk'))?.lastOperation).toMatchObject({ name: 'Start', status: 'Succeeded' });
});

test('a restart ends the job, gives a new node and goes on with what is queued', async () => {
  await put('again', null);
  await until('again', 'Running');
  const [before] = await server.engine.computes.listNodes(at.database.sql, keyOf('again'));
  const from = at.driver.processes.length;
  await at.submit(server.engine, 'first', { computeId: keyOf('again') });
  await at.driver.process(from);
  await at.submit(server.engine, 'second', { computeId: keyOf('again') });
  await power('again', 'Restart');
  await at.reached('first', 'Canceled');
  (await at.driver.process(from + 1)).exit(0);
  await at.reached('second', 'Completed');
  await until('again', 'Running');
  const [after] = await server.engine.computes.listNodes(at.database.sql, keyOf('again'));
  expect(after?.nodeId).not.toBe(before?.nodeId);
});

test('it stops itself after its idle time, and not before', async () => {
  await put('idle', 900);
  await until('idle', 'Running');
  const scaleDown = () => server.engine.work.find((work) => work.kind === SCALE_DOWN)?.run(at.context(), { computeKey: keyOf('idle') }, { itemId: 'x', attempt: 1 });
  at.clock.advance(899_000);
  expect(await scaleDown()).toMatchObject({ againAfterMs: expect.any(Number) });
  expect((await stateOf('idle'))?.state).toBe('Running');
  at.clock.advance(2_000);
  expect(await scaleDown()).toBe('done');
  expect(await stateOf('idle')).toMatchObject({ state: 'Stopped', lastOperation: { name: 'Stop', trigger: 'IdleShutdown', status: 'Succeeded' } });
});

test('it starts and stops when its schedules say so, in their time zones, also for what came due while no server ran', async () => {
  const cron = (action: string, expression: string): JsonObject => ({ action, status: 'Enabled', triggerType: 'Cron', cron: { expression, timeZone: 'Tokyo Standard Time' } });
  const round = (now: string): unknown =>
    server.engine.work.find((work) => work.kind === POWER_SCHEDULE)?.run({ ...at.context(), clock: { now: () => Date.parse(now) } }, { computeKey: keyOf('office') }, { itemId: 'x', attempt: 1 });
  at.clock.advance(Date.parse('2031-01-06T00:00:00Z') - at.clock.now());
  const schedules = [cron('Start', '0 8 * * 1-5'), cron('Stop', '30 18 * * *'), { ...cron('Stop', '* * * * *'), status: 'Disabled' }];
  await put('office', null, schedules);
  await until('office', 'Running');
  // 09:00 in Tokyo: the stop comes at 18:30, 9:30 UTC.
  expect(await round('2031-01-06T00:00:01Z')).toEqual({ againAfterMs: 9.5 * 3_600_000 - 1000 });
  expect((await stateOf('office'))?.state).toBe('Running');
  expect(await round('2031-01-06T09:30:00Z')).toEqual({ againAfterMs: 13.5 * 3_600_000 });
  expect(await stateOf('office')).toMatchObject({ state: 'Stopped', lastOperation: { name: 'Stop', trigger: 'Schedule', at: expect.stringContaining('2031-01-06T09:30'), status: 'Succeeded' } });
  // The same schedules again change nothing; after days without a server the last of what was due counts.
  await put('office', null, schedules);
  await round('2031-01-10T01:00:00Z');
  await until('office', 'Running');
  expect((await stateOf('office'))?.lastOperation).toMatchObject({ name: 'Start', trigger: 'Schedule' });
  await put('office', null, []);
  expect(await round('2031-01-10T12:00:00Z')).toBe('done');
  expect((await stateOf('office'))?.state).toBe('Running');
});

test('power is for instances', async () => {
  await at.database.transaction((tx) => server.engine.computes.putCompute(tx, at.context(), keyOf('cluster'), 'cluster', { min: 0, max: 1, idleSeconds: 60 }));
  await expect(power('cluster', 'Stop')).rejects.toMatchObject({ code: 'ComputeHasNoPower' });
});
