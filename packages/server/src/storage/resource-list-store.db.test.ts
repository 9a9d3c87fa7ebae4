// Pages of resources are read through an index in their order: neither the whole table nor a sort, however many there are.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { listResources, pageQuery, type ResourceQuery } from './resource-list-store.ts';

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
const groupKey = (n: number) => `/subscriptions/${SUBSCRIPTION}/resourcegroups/g${n}`;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.database.pool.query(`
    insert into resources (key, id, type, name, parent_key, subscription_id, resource_group, etag, provisioning_state, system_data)
    select '/subscriptions/${SUBSCRIPTION}/resourcegroups/g' || n % 10 || '/providers/toy.shop/t' || n / 10 % 5 || '/r' || n, 'id' || n, 'toy.shop/t' || n / 10 % 5, 'r' || n,
      '/subscriptions/${SUBSCRIPTION}/resourcegroups/g' || n % 10, '${SUBSCRIPTION}', 'g' || n % 10, 'e', 'Succeeded', '{}' from generate_series(1, 30000) as n;
    analyze resources;`);
});
afterAll(async () => {
  await db.close();
});

const pages: Readonly<Record<string, Omit<ResourceQuery, 'limit'>>> = {
  'a type below a parent': { types: ['toy.shop/t1'], within: { parentKey: groupKey(1) } },
  'a type of a subscription': { types: ['toy.shop/t1'], within: { subscriptionId: SUBSCRIPTION } },
  'a type, the newest first': { types: ['toy.shop/t1'], within: { subscriptionId: SUBSCRIPTION }, order: 'newest' },
  'all types of a subscription': { types: ['toy.shop/t0', 'toy.shop/t1', 'toy.shop/t2'], within: { subscriptionId: SUBSCRIPTION } },
  'all types of a group': { types: ['toy.shop/t0', 'toy.shop/t1', 'toy.shop/t2'], within: { subscriptionId: SUBSCRIPTION, resourceGroup: 'g1' } },
  'a type everywhere': { types: ['toy.shop/t1'], within: 'everywhere' },
};

test.each(Object.entries(pages))('the page of %s reads an index', async (_name, page) => {
  const first = await listResources(db.database.sql, { ...page, limit: 50 });
  expect(first.items).toHaveLength(50);
  const query: ResourceQuery = { ...page, limit: 50, ...(first.next === undefined ? {} : { after: first.next }) };
  const { rows } = await sql<{ readonly 'QUERY PLAN': string }>`explain ${pageQuery(query)}`.execute(db.database.sql);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index Scan');
  expect(plan).not.toMatch(/Seq Scan|Bitmap/);
  expect(plan).not.toMatch(/^ *(->)? *Sort /m);
});
