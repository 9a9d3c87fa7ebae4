// The engine on a real database: batches and their repeats, conflicts, newest values, job tokens, the owner of a status.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { type Context, silentLog } from '#kernel/context.ts';
import { anonymous } from '#kernel/principal.ts';
import { deleteWorkspaceTracking } from '#storage/experiment-store.ts';
import { listMetricKeys } from '#storage/metric-store.ts';
import { listParams, listTags } from '#storage/run-data-store.ts';
import { ensureExperiment, getRun, insertRun } from '#storage/run-store.ts';
import { sealRows, type TestRowKeys } from '../../../testkit/src/row-keys.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { createSeries } from './series.ts';
import { createTracking, type Tracking } from './tracking.ts';

const WORKSPACE = '/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w';

// Why twice: what is sealed is searched and sampled by other code, with the same answers.
describe.each([
  { of: 'an open workspace', isSealed: false },
  { of: 'a sealed workspace', isSealed: true },
])('tracking of $of', ({ isSealed }) => {
  let db: TestDatabase;
  let tracking: Tracking;
  let keys: TestRowKeys;
  beforeAll(async () => {
    db = await testDatabase();
    const accounts = { find: async (key: string) => (key === WORKSPACE ? { account: 'acct', artifactContainer: 'azureml' } : undefined) };
    keys = sealRows(db.database, () => isSealed);
    tracking = createTracking({ database: db.database, accounts, keys });
  });
  afterAll(() => db.close());

  function contextOf(jobKey?: string): Context {
    const principal = { ...anonymous, kind: 'User', displayName: 'ada', ...(jobKey === undefined ? {} : { jobKey }) } as const;
    return { principal, correlationId: 'c', log: silentLog, clock: systemClock, signal: () => new AbortController().signal };
  }
  const ctx = contextOf();

  async function newRun(parent?: string): Promise<string> {
    const tags = parent === undefined ? [] : [{ key: 'mlflow.parentRunId', value: parent }];
    return (await tracking.runs.create(ctx, WORKSPACE, { experimentId: '0', tags })).run.runId;
  }

  async function newJob(): Promise<string> {
    const runId = `job_${randomUUID()}`;
    await db.database.transaction(async (tx) => {
      const experimentId = await ensureExperiment(tx, WORKSPACE, 'jobs');
      await insertRun(tx, { workspaceKey: WORKSPACE, runId, experimentId, displayName: runId, status: 'Running', owner: 'job', userId: 'u', userName: 'u' });
    });
    return runId;
  }

  const point = (key: string, step: number, value: number, timestamp = 1000 + step) => ({ key, step, value, timestamp });
  const log = (runId: string, batch: Partial<Parameters<Tracking['batches']['log']>[3]>, as = ctx) => tracking.batches.log(as, WORKSPACE, runId, { metrics: [], params: [], tags: [], ...batch });

  describe('metrics', () => {
    test('repeated points are kept once, and counted once', async () => {
      const runId = await newRun();
      const metrics = Array.from({ length: 1000 }, (_, i) => point('loss', i, i * 0.1));
      await log(runId, { metrics: [...metrics.slice(0, 999), metrics[0] ?? point('loss', 0, 0)] });
      await log(runId, { metrics });
      const run = await getRun(db.database.sql, WORKSPACE, runId);
      expect((await tracking.histories.read(WORKSPACE, runId, 'loss', {})).items).toHaveLength(1000);
      expect(await listMetricKeys(db.database.sql, run.id)).toEqual([{ key: 'loss', count: 1000, lastValue: 999 * 0.1, lastStep: 999 }]);
    });

    test('the newest is the largest step, then timestamp, then value with NaN as 0, in whatever order they come', async () => {
      const runId = await newRun();
      await log(runId, { metrics: [point('m', 5, 1), point('m', 3, 9), point('n', 1, Number.NaN, 7)] });
      await log(runId, { metrics: [point('m', 4, 7), point('m', 5, 2, 1), point('n', 1, -4, 7)] });
      const view = await tracking.runs.get(WORKSPACE, runId);
      expect(view.metrics).toEqual([
        { key: 'm', step: 5, timestamp: 1005, value: 1 },
        { key: 'n', step: 1, timestamp: 7, value: Number.NaN },
      ]);
      await log(runId, { metrics: [point('n', 1, 0.5, 7), point('m', 5, 8)] });
      expect((await tracking.runs.get(WORKSPACE, runId)).metrics.map((m) => m.value)).toEqual([8, 0.5]);
    });

    test('concurrent batches with the same keys in other orders all arrive', async () => {
      const runId = await newRun();
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      await Promise.all(
        Array.from({ length: 16 }, (_, step) => {
          const order = step % 2 === 0 ? keys : keys.toReversed();
          return log(runId, { metrics: order.map((key) => point(key, step, step)) });
        }),
      );
      const run = await getRun(db.database.sql, WORKSPACE, runId);
      const counts = await listMetricKeys(db.database.sql, run.id);
      expect(counts.map((key) => [key.count, key.lastValue])).toEqual(keys.map(() => [16, 15]));
    });

    test('infinities become the largest numbers; histories page by tokens', async () => {
      const runId = await newRun();
      await log(runId, { metrics: [point('m', 1, Number.POSITIVE_INFINITY), point('m', 2, Number.NEGATIVE_INFINITY), point('m', 3, 0)] });
      const first = await tracking.histories.read(WORKSPACE, runId, 'm', { maxResults: 2 });
      expect(first.items.map((p) => p.value)).toEqual([Number.MAX_VALUE, -Number.MAX_VALUE]);
      const rest = await tracking.histories.read(WORKSPACE, runId, 'm', { maxResults: 2, ...(first.next === undefined ? {} : { pageToken: first.next }) });
      expect(rest.items.map((p) => p.step)).toEqual([3]);
      expect(rest.next).toBeUndefined();
    });

    test('series keep the first, the last and every spike', async () => {
      const runId = await newRun();
      for (let start = 0; start < 5000; start += 1000)
        await log(runId, { metrics: Array.from({ length: 1000 }, (_, i) => point('m', start + i, start + i === 1234 ? 99 : start + i === 4321 ? -99 : Math.sin(i))) });
      await log(runId, { metrics: [point('short', 1, 1), point('short', 2, 2)] });
      const run = await getRun(db.database.sql, WORKSPACE, runId);
      const [m, short, none] = await createSeries({ keys }).readSeries(db.database.sql, run, ['m', 'short', 'none'], { maxPoints: 100 });
      expect(m?.total).toBe(5000);
      expect(m?.points.length).toBeLessThanOrEqual(100);
      expect(m?.points[0]?.step).toBe(0);
      expect(m?.points.at(-1)?.step).toBe(4999);
      expect(m?.points.map((p) => p.value)).toEqual(expect.arrayContaining([99, -99]));
      expect(m?.points.map((p) => p.step)).toEqual(m?.points.map((p) => p.step).toSorted((a, b) => a - b));
      expect(short?.points.map((p) => p.value)).toEqual([1, 2]);
      expect(none).toEqual({ key: 'none', total: 0, points: [] });
      const [window] = await createSeries({ keys }).readSeries(db.database.sql, run, ['m'], { maxPoints: 100, fromStep: 10, toStep: 19 });
      expect(window?.points.map((p) => p.step)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    });

    test('samples by steps keep the ends of every run', async () => {
      const [a, b] = [await newRun(), await newRun()];
      await log(a, { metrics: Array.from({ length: 500 }, (_, i) => point('m', i, i)) });
      await log(b, { metrics: [point('m', 77, 1), point('m', 913, 2)] });
      const sampled = await tracking.histories.sample(WORKSPACE, [a, b], 'm', { maxResults: 10 });
      const stepsOf = (runId: string): number[] => sampled.filter((p) => p.runId === runId).map((p) => p.step);
      expect(stepsOf(a)).toEqual(expect.arrayContaining([0, 499]));
      expect(stepsOf(a).length).toBeLessThan(20);
      expect(stepsOf(b)).toEqual([77, 913]);
    });
  });

  describe('params and tags', () => {
    test('a conflict leaves nothing of the batch', async () => {
      const runId = await newRun();
      await log(runId, { params: [{ key: 'a', value: '1' }] });
      await log(runId, { params: [{ key: 'a', value: '1' }] });
      await expect(
        log(runId, {
          params: [
            { key: 'b', value: '2' },
            { key: 'a', value: '9' },
          ],
          metrics: [point('m', 1, 1)],
          tags: [{ key: 't', value: 'x' }],
        }),
      ).rejects.toThrow('Changing param values is not allowed');
      const run = await getRun(db.database.sql, WORKSPACE, runId);
      expect(await listParams(db.database.sql, run.id)).toEqual([{ key: 'a', value: '1' }]);
      expect(await listTags(db.database.sql, run.id)).toEqual([]);
      expect((await tracking.runs.get(WORKSPACE, runId)).metrics).toEqual([]);
    });

    test('of two writers of one param, one wins and the other is told', async () => {
      const runId = await newRun();
      const results = await Promise.allSettled(['1', '2', '3', '4'].map((value) => log(runId, { params: [{ key: 'a', value }] })));
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    });

    test('long values are cut', async () => {
      const runId = await newRun();
      await log(runId, { params: [{ key: 'p', value: 'x'.repeat(7000) }], tags: [{ key: 't', value: 'x'.repeat(9000) }] });
      const view = await tracking.runs.get(WORKSPACE, runId);
      expect(view.params[0]?.value).toHaveLength(6000);
      expect(view.tags.find((tag) => tag.key === 't')?.value).toHaveLength(8000);
    });
  });

  describe('runs', () => {
    test('what a client says of a job changes neither status nor end', async () => {
      const runId = await newJob();
      const { run } = await tracking.runs.update(ctx, WORKSPACE, runId, { status: 'FINISHED', endTime: 5, runName: 'nicer' });
      expect(run).toMatchObject({ status: 'Running', endedAt: null, displayName: 'nicer' });
    });

    test('a client ends and reopens its own run', async () => {
      const runId = await newRun();
      expect((await tracking.runs.update(ctx, WORKSPACE, runId, { status: 'KILLED', endTime: 5 })).run).toMatchObject({ status: 'Canceled', endedAt: new Date(5) });
      expect((await tracking.runs.update(ctx, WORKSPACE, runId, { status: 'RUNNING' })).run).toMatchObject({ status: 'Running', endedAt: null });
    });

    test('the token of a job writes to its run and below, and nowhere else', async () => {
      const [own, other] = [await newJob(), await newRun()];
      const as = contextOf(`${WORKSPACE}/jobs/${own}`);
      await log(own, { metrics: [point('m', 1, 1)] }, as);
      const child = (await tracking.runs.create(as, WORKSPACE, { experimentId: '0', tags: [] })).run;
      expect(child.parentRunId).toBe(own);
      const grandchild = (await tracking.runs.create(as, WORKSPACE, { experimentId: '0', tags: [{ key: 'mlflow.parentRunId', value: child.runId }] })).run;
      await log(grandchild.runId, { metrics: [point('m', 1, 1)] }, as);
      await expect(log(other, { metrics: [point('m', 1, 1)] }, as)).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(tracking.runs.update(as, WORKSPACE, other, { status: 'FAILED' })).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(tracking.runs.setLifecycle(as, WORKSPACE, other, 'deleted')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(tracking.runs.checkWrite(as, WORKSPACE, other)).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(tracking.runs.create(as, WORKSPACE, { experimentId: '0', tags: [{ key: 'mlflow.parentRunId', value: other }] })).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(tracking.experiments.delete(as, WORKSPACE, '0')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(log(own, {}, contextOf('/subscriptions/x/jobs/y'))).rejects.toMatchObject({ kind: 'forbidden' });
    });

    test('runs of another workspace are not there', async () => {
      const runId = await newRun();
      await expect(tracking.runs.get(`${WORKSPACE}2`, runId)).rejects.toMatchObject({ kind: 'notFound' });
      await expect(tracking.experiments.get(`${WORKSPACE}2`, '0')).rejects.toMatchObject({ kind: 'notFound' });
    });

    test('deleting an experiment deletes its runs, restoring restores them', async () => {
      const experiment = await tracking.experiments.create(ctx, WORKSPACE, { name: randomUUID(), tags: {} });
      const { run } = await tracking.runs.create(ctx, WORKSPACE, { experimentId: experiment.id, tags: [] });
      await tracking.experiments.delete(ctx, WORKSPACE, experiment.id);
      await expect(log(run.runId, { metrics: [point('m', 1, 1)] })).rejects.toThrow("must be in the 'active' state");
      await tracking.experiments.restore(ctx, WORKSPACE, experiment.id);
      await log(run.runId, { metrics: [point('m', 1, 1)] });
    });
  });

  test('the same dataset on the same run is one input, its first content kept', async () => {
    const runId = await newRun();
    const dataset = { name: 'd', digest: '1', sourceType: 'local', source: '{}', schema: null, profile: null, tags: { 'mlflow.data.context': 'train' } };
    await tracking.inputs.log(ctx, WORKSPACE, runId, { datasets: [dataset, dataset], modelIds: [] });
    await tracking.inputs.log(ctx, WORKSPACE, runId, { datasets: [{ ...dataset, source: 'other' }], modelIds: [] });
    expect((await tracking.runs.get(WORKSPACE, runId)).datasets).toEqual([dataset]);
  });

  test('logged models: equal params again are fine, other values are not; unknown models are named', async () => {
    const { model } = await tracking.loggedModels.create(ctx, WORKSPACE, { experimentId: '0', name: 'net', modelType: '', params: [{ key: 'a', value: '1' }], tags: [] });
    await tracking.loggedModels.addParams(ctx, WORKSPACE, model.id, [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    await expect(tracking.loggedModels.addParams(ctx, WORKSPACE, model.id, [{ key: 'a', value: '3' }])).rejects.toThrow('Changing param values');
    const runId = await newRun();
    await tracking.inputs.logOutputs(ctx, WORKSPACE, runId, [{ modelId: model.id, step: 1 }]);
    await tracking.inputs.logOutputs(ctx, WORKSPACE, runId, [{ modelId: model.id, step: 1 }]);
    expect((await tracking.runs.get(WORKSPACE, runId)).models).toEqual([{ role: 'output', modelId: model.id, step: 1 }]);
    await expect(log(runId, { metrics: [{ ...point('m', 1, 1), modelId: 'm-nobody' }] })).rejects.toThrow('m-nobody');
  });

  test('deleting a workspace leaves nothing of it', async () => {
    const before = await newRun();
    await log(before, { metrics: [point('m', 1, 1)] });
    const run = await getRun(db.database.sql, WORKSPACE, before);
    await db.database.transaction((tx) => deleteWorkspaceTracking(tx, WORKSPACE));
    await expect(tracking.runs.get(WORKSPACE, before)).rejects.toMatchObject({ kind: 'notFound' });
    expect(await listMetricKeys(db.database.sql, run.id)).toEqual([]);
  });
});
