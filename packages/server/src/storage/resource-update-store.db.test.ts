// Lone updates on a real database: compare-and-set holds in a shared statement, and a row that somebody else holds keeps nobody but its own writer waiting.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import type { ResourceRecord } from './resource-record.ts';
import { findResource, insertResource } from './resource-store.ts';
import { type LoneUpdate, updateResourceAlone } from './resource-update-store.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const BY = { createdBy: 'ada', createdByType: 'User', createdAt: NOW.toISOString(), lastModifiedBy: 'ada', lastModifiedByType: 'User', lastModifiedAt: NOW.toISOString() } as const;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => {
  await db.close();
});

async function insert(name: string): Promise<ResourceRecord> {
  const content = {
    key: `/toys/${name}`,
    id: `/toys/${name}`,
    type: 'toy.shop/toys',
    name,
    parentKey: '',
    subscriptionId: undefined,
    resourceGroup: undefined,
    location: 'local',
    tags: {},
    kind: undefined,
    sku: undefined,
    identity: undefined,
    members: {},
    properties: { turn: 0 },
  };
  const made = await db.database.transaction((tx) => insertResource(tx, content, { etag: 'e0', provisioningState: 'Succeeded', systemData: BY, sealed: undefined, at: NOW }));
  if (made === undefined) throw new Error('The key is taken.');
  return made;
}

function update(current: ResourceRecord, etag: string, turn: number, sealed?: Buffer): LoneUpdate {
  return {
    content: { ...current, tags: { turn: `"${turn}", \\ {}` }, sku: { name: 'Basic' }, properties: { turn, missing: undefined } },
    current,
    write: { etag, provisioningState: 'Succeeded', systemData: BY, sealed, at: NOW },
    activity: { resourceKey: current.key, resourceId: current.id, action: 'toy.shop/toys/write', status: 'Succeeded', caller: 'ada', callerId: '1', correlationId: etag, detail: undefined, at: NOW },
  };
}

async function activities(correlationIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ correlation_id: string }>`select correlation_id from activity_log where correlation_id = any(${correlationIds}::text[]) order by 1`.execute(db.database.sql);
  return rows.map((row) => row.correlation_id);
}

test('what is answered is what is stored, secrets and absent values included', async () => {
  const made = await insert('stored');
  const updated = await updateResourceAlone(db.database.sql, update(made, 'stored-1', 1, Buffer.from([0, 92, 255])));
  expect(updated).toEqual(await findResource(db.database.sql, made.key));
  expect(updated).toMatchObject({ etag: 'stored-1', properties: { turn: 1 }, tags: { turn: '"1", \\ {}' }, sku: { name: 'Basic' }, sealed: Buffer.from([0, 92, 255]) });
  expect(await activities(['stored-1'])).toEqual(['stored-1']);
});

test('of several updates from the same state one is written, beside those of other rows, and only what is written is logged', async () => {
  const [a, b, c] = await Promise.all([insert('a'), insert('b'), insert('c')]);
  const results = await Promise.all([
    updateResourceAlone(db.database.sql, update(a, 'a-1', 1)),
    updateResourceAlone(db.database.sql, update(a, 'a-2', 2)),
    updateResourceAlone(db.database.sql, update(b, 'b-1', 1)),
    updateResourceAlone(db.database.sql, update({ ...c, etag: 'another' }, 'c-1', 1)),
  ]);
  expect(results.map((result) => result?.etag)).toEqual(['a-1', undefined, 'b-1', undefined]);
  expect(await findResource(db.database.sql, c.key)).toMatchObject({ etag: 'e0', properties: { turn: 0 } });
  expect(await activities(['a-1', 'a-2', 'b-1', 'c-1'])).toEqual(['a-1', 'b-1']);
});

test('a row in the hands of a transaction keeps only its own writer waiting', async () => {
  const [held, free] = await Promise.all([insert('held'), insert('free')]);
  const order: string[] = [];
  let slow: Promise<unknown> = Promise.resolve();
  await db.database.transaction(async (tx) => {
    await sql`update resources set etag = 'e1' where key = ${held.key}`.execute(tx);
    slow = updateResourceAlone(db.database.sql, update(held, 'held-1', 1)).then((result) => order.push(`held ${result?.etag ?? 'lost'}`));
    await updateResourceAlone(db.database.sql, update(free, 'free-1', 1)).then((result) => order.push(`free ${result?.etag ?? 'lost'}`));
  });
  await slow;
  expect(order).toEqual(['free free-1', 'held lost']);
});
