// Old records go, young ones stay.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { insertActivity, listActivity } from './activity-store.ts';
import { endOperation, findOperation, insertOperation } from './operation-store.ts';
import { pruneRecords } from './retention-store.ts';

let it: TestDatabase;
beforeAll(async () => {
  it = await testDatabase();
});
afterAll(() => it.close());

test('records of what happened go when they are old, in bounded batches', async () => {
  const { database } = it;
  const limit = new Date('2026-01-01T00:00:00Z');
  const times = ['2025-01-01', '2025-06-01', '2025-12-31', '2026-01-02'].map((day) => new Date(`${day}T00:00:00Z`));
  await database.transaction(async (tx) => {
    for (const [index, at] of times.entries()) {
      await insertActivity(tx, { resourceKey: '/x', resourceId: '/x', action: 'X/y/write', status: 'Succeeded', caller: 'c', callerId: 'i', correlationId: `c${index}`, detail: undefined, at });
      await insertOperation(tx, {
        id: `op${index}`,
        subscriptionId: undefined,
        location: 'local',
        resourceKey: '/x',
        resourceId: '/x',
        action: 'write',
        caller: undefined,
        principalId: 'i',
        startedAt: at,
      });
      if (index !== 1) await endOperation(tx, `op${index}`, { status: 'Succeeded', at });
    }
  });
  expect(await pruneRecords(database.sql, limit, 2)).toBe(true);
  expect(await pruneRecords(database.sql, limit, 2)).toBe(false);
  const left = await listActivity(database.sql, { scopeKey: '', limit: 10 });
  expect(left.items.map((item) => item.correlationId)).toEqual(['c3']);
  const operations = await Promise.all([0, 1, 2, 3].map((index) => findOperation(database.sql, `op${index}`)));
  expect(operations.map((operation) => operation?.id)).toEqual([undefined, 'op1', undefined, 'op3']);
});
