// The queue on a real database: claims, retries, leases, and items enqueued again while they run.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import { Database } from '#storage/database.ts';
import { findActionInput, insertOperation } from '#storage/operation-store.ts';
import { claimWork, enqueueWork, listWork, retryWork } from '#storage/work-store.ts';
import { sealRows } from '../../../testkit/src/row-keys.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { defineWork } from './define-work.ts';
import { Worker } from './worker.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

function worker(...kinds: ReturnType<typeof defineWork>[]): Worker {
  return new Worker({ database: db.database, host: 'here', kinds, log: silentLog, clock: systemClock });
}

describe('worker', () => {
  test('runs an item that was committed, and not one that was rolled back', async () => {
    const seen: string[] = [];
    const done = Promise.withResolvers<void>();
    const kind = defineWork({
      kind: 'greet',
      run: async (_ctx, payload) => {
        seen.push(String(payload['name']));
        done.resolve();
        return 'done';
      },
    });
    const running = worker(kind);
    await running.start();
    await db.database
      .transaction(async (tx) => {
        await enqueueWork(tx, { kind: 'greet', payload: { name: 'lost' }, correlationId: 'c' });
        throw new Error('roll back');
      })
      .catch(() => undefined);
    await db.database.transaction((tx) => enqueueWork(tx, { kind: 'greet', payload: { name: 'kept' }, correlationId: 'c' }));
    await done.promise;
    await running.stop();
    expect(seen).toEqual(['kept']);
  });

  test('retries a failure and gives up after the last attempt, once', async () => {
    let attempts = 0;
    const gaveUp = Promise.withResolvers<unknown>();
    const kind = defineWork({
      kind: 'fails',
      maxAttempts: 3,
      backoffMs: 1,
      run: async () => {
        attempts += 1;
        throw new Error('no luck');
      },
      onGiveUp: async (_ctx, _payload, error) => gaveUp.resolve(error),
    });
    const running = worker(kind);
    await running.start();
    await db.database.transaction((tx) => enqueueWork(tx, { kind: 'fails', payload: {}, correlationId: 'c' }));
    expect(await gaveUp.promise).toMatchObject({ message: 'no luck' });
    await running.stop();
    expect(attempts).toBe(3);
    const [failed, ...others] = await listWork(db.database.sql, { state: 'failed', limit: 10 });
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ kind: 'fails', attempts: 3, lastError: expect.stringContaining('no luck') });
    const id = failed?.id ?? '';
    expect(await db.database.transaction((tx) => retryWork(tx, id))).toMatchObject({ state: 'ready', attempts: 0, dueAt: expect.any(Date) });
    expect(await db.database.transaction((tx) => retryWork(tx, id))).toBe('not failed');
    expect(await claimWork(db.database.sql, 'here/again', ['fails'], 1, 600_000)).toMatchObject([{ id, attempts: 1 }]);
  });

  test('what a killed server on the same folder held is taken over without waiting for its lease', async () => {
    await db.database.transaction((tx) => enqueueWork(tx, { kind: 'held', payload: { by: 'here' }, correlationId: 'c' }));
    expect(await claimWork(db.database.sql, 'here/killed', ['held'], 1, 600_000)).toHaveLength(1);
    await db.database.transaction((tx) => enqueueWork(tx, { kind: 'held', payload: { by: 'elsewhere' }, correlationId: 'c' }));
    expect(await claimWork(db.database.sql, 'elsewhere/alive', ['held'], 1, 600_000)).toHaveLength(1);
    const taken = Promise.withResolvers<unknown>();
    const running = worker(
      defineWork({
        kind: 'held',
        run: async (_ctx, payload) => {
          taken.resolve(payload['by']);
          return 'done';
        },
      }),
    );
    await running.start();
    expect(await taken.promise).toBe('here');
    await running.stop();
    expect((await listWork(db.database.sql, { state: 'running', limit: 10 })).filter((item) => item.kind === 'held')).toHaveLength(1);
  });

  test('one connection enqueues as often as it likes', async () => {
    const own = await Database.open({ url: db.url, poolSize: 1 });
    const ids = new Set<string>();
    // Why so often: PostgreSQL changes how it plans a statement after some calls on one connection.
    for (let turn = 0; turn < 20; turn += 1) ids.add(await own.transaction((tx) => enqueueWork(tx, { kind: 'often', payload: { turn }, correlationId: 'c', dedupeKey: 'k' })));
    expect(ids.size).toBe(1);
    await own.close();
  });

  test('an item enqueued again while it runs, runs once more', async () => {
    let runs = 0;
    const first = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const kind = defineWork({
      kind: 'again',
      run: async () => {
        runs += 1;
        if (runs === 1) {
          first.resolve();
          await release.promise;
        } else second.resolve();
        return 'done';
      },
    });
    const running = worker(kind);
    await running.start();
    const enqueue = (): Promise<string> => db.database.transaction((tx) => enqueueWork(tx, { kind: 'again', payload: {}, correlationId: 'c', dedupeKey: 'k' }));
    const id = await enqueue();
    await first.promise;
    expect(await enqueue()).toBe(id);
    release.resolve();
    await second.promise;
    await running.stop();
    expect(runs).toBe(2);
  });
});

test('what went wrong with work for a sealed workspace, and what its actions were called with, is not kept in clear', async () => {
  const sealed = await testDatabase();
  const of = (name: string) => `/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/${name}`;
  sealRows(sealed.database, (key) => key.startsWith(of('sealed')));
  const done = Promise.withResolvers<void>();
  let left = 2;
  const kind = defineWork({
    kind: 'tells',
    maxAttempts: 1,
    run: async (_ctx, payload) => Promise.reject(new Error(`the data asset of ${String(payload['key'])} is called swordfish`)),
    onGiveUp: async () => {
      left -= 1;
      if (left === 0) done.resolve();
    },
  });
  const running = new Worker({ database: sealed.database, host: 'here', kinds: [kind], log: silentLog, clock: systemClock });
  await running.start();
  await sealed.database.transaction(async (tx) => {
    for (const name of ['open', 'sealed']) {
      await enqueueWork(tx, { kind: 'tells', payload: { key: of(name) }, correlationId: 'c' });
      const operation = { id: name, subscriptionId: undefined, location: 'here', resourceKey: of(name), resourceId: of(name), action: 'act', principalId: 'p', caller: 'ada', startedAt: new Date(0) };
      await insertOperation(tx, operation, { word: 'swordfish' });
    }
  });
  await done.promise;
  await running.stop();
  expect(await Promise.all(['open', 'sealed'].map((id) => findActionInput(sealed.database.sql, id)))).toEqual([{ word: 'swordfish' }, { word: 'swordfish' }]);
  const { rows } = await sealed.database.pool.query("select payload ->> 'key' as key, last_error from work_items where kind = 'tells' order by key");
  expect(rows).toEqual([
    { key: of('open'), last_error: expect.stringContaining('swordfish') },
    { key: of('sealed'), last_error: 'The words are sealed.' },
  ]);
  expect((await sealed.database.pool.query('select id from operations o where o::text like $1', ['%swordfish%'])).rows).toEqual([{ id: 'open' }]);
  await sealed.close();
});
