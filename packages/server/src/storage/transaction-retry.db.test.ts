// Transactions that the database ends for the sake of others, on a real one: deadlocks and serialisation failures.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import type { Tx } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.database.pool.query('create table counters (name text primary key, value int not null)');
});
afterAll(() => db.close());

async function reset(): Promise<void> {
  await db.database.pool.query(`delete from counters`);
  await db.database.pool.query(`insert into counters values ('a', 0), ('b', 0)`);
}

const add = (tx: Tx, name: string): Promise<unknown> => sql`update counters set value = value + 1 where name = ${name}`.execute(tx);

async function values(): Promise<readonly unknown[]> {
  return (await db.database.pool.query('select value from counters order by name')).rows.map((row: { value: unknown }) => row.value);
}

/** Both have come there, the first time round. */
function meeting(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    come += 1;
    if (come === count) all.resolve();
    return all.promise;
  };
}

describe('transaction', () => {
  test('of two that wait for each other, both end right, and the metric tells of it', async () => {
    await reset();
    const before = db.database.retries()['deadlock'] ?? 0;
    const met = meeting(2);
    const both = [
      ['a', 'b'],
      ['b', 'a'],
    ].map(([first = '', second = '']) =>
      db.database.transaction(async (tx) => {
        await add(tx, first);
        await met();
        await add(tx, second);
      }),
    );
    await Promise.all(both);
    expect(await values()).toEqual([2, 2]);
    expect(db.database.retries()['deadlock']).toBeGreaterThan(before);
  });

  test('one that another overtook under serialisable isolation reads anew', async () => {
    await reset();
    const met = meeting(2);
    const both = [0, 1].map(() =>
      db.database.transaction(async (tx) => {
        await sql`set transaction isolation level serializable`.execute(tx);
        const read = await sql<{ value: number }>`select value from counters where name = 'a'`.execute(tx);
        await met();
        await sql`update counters set value = ${(read.rows[0]?.value ?? 0) + 1} where name = 'a'`.execute(tx);
      }),
    );
    await Promise.all(both);
    expect(await values()).toEqual([2, 0]);
    expect(db.database.retries()['serialization']).toBeGreaterThan(0);
  });

  test('any other failure is told at once, and one that does not end is told in the end', async () => {
    let runs = 0;
    await expect(
      db.database.transaction(async () => {
        runs += 1;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(runs).toBe(1);
    await expect(
      db.database.transaction(async (tx) => {
        runs += 1;
        await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(tx);
      }),
    ).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(6);
  });
});
