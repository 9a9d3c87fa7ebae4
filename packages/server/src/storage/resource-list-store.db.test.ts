// Pages of resources are read through an index in their order: neither the whole table nor a sort, however many there are.

import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { listResources, nameQuery, pageQuery, type ResourceQuery } from './resource-list-store.ts';

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
const groupKey = (n: number) => `/subscriptions/${SUBSCRIPTION}/resourcegroups/g${n}`;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.database.pool.query(`
    insert into resources (key, id, type, name, parent_key, subscription_id, resource_group, etag, provisioning_state, system_data, properties)
    select '/subscriptions/${SUBSCRIPTION}/resourcegroups/g' || n % 10 || '/providers/toy.shop/t' || n / 10 % 5 || '/r' || n, 'id' || n, 'toy.shop/t' || n / 10 % 5, 'r' || n,
      '/subscriptions/${SUBSCRIPTION}/resourcegroups/g' || n % 10, '${SUBSCRIPTION}', 'g' || n % 10, 'e', 'Succeeded', '{}', json_build_object('filler', repeat('x', 400)) from generate_series(1, 30000) as n;
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
  'all types by name': { types: ['toy.shop/t0', 'toy.shop/t1', 'toy.shop/t2'], within: { subscriptionId: SUBSCRIPTION }, order: 'name' },
  'all types by last change': { types: ['toy.shop/t0', 'toy.shop/t1', 'toy.shop/t2'], within: { subscriptionId: SUBSCRIPTION }, order: 'changed' },
  'a type everywhere': { types: ['toy.shop/t1'], within: 'everywhere' },
};

test('a part of a name is found, however many names hold it, and whatever the ids above say', async () => {
  const within = { subscriptionId: SUBSCRIPTION };
  const named = async (contains: string, more: Partial<ResourceQuery> = {}) =>
    (await listResources(db.database.sql, { types: ['toy.shop/t0', 'toy.shop/t1'], within, order: 'name', limit: 3, filters: [{ target: { in: 'name' }, contains }], ...more })).items.map(
      ({ name }) => name,
    );
  expect(await named('R29000')).toEqual(['r29000']);
  expect(await named('r29000', { within: { ...within, resourceGroup: 'G0' } })).toEqual(['r29000']);
  expect(await named('r29000', { within: { ...within, resourceGroup: 'g1' } })).toEqual([]);
  expect(await named('r29000', { types: ['toy.shop/t2'] })).toEqual([]);
  expect(await named('r2')).toEqual(['r2', 'r200', 'r2000']);
  expect(await named('toy.shop')).toEqual([]);
  expect(await named('g1/')).toEqual([]);
});

test('a part of a name and a tag are read from an index alone', async () => {
  await db.database.pool.query('vacuum analyze resources');
  const within = { subscriptionId: SUBSCRIPTION };
  const plan = async (query: RawBuilder<unknown> | undefined) =>
    query === undefined ? '' : (await sql<{ readonly 'QUERY PLAN': string }>`explain ${query}`.execute(db.database.sql)).rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(await plan(nameQuery({ types: [], within, limit: 1, filters: [{ target: { in: 'name' }, contains: 'nothing' }] }))).toContain('Index Only Scan');
  expect(await plan(pageQuery({ types: ['toy.shop/t0'], within, limit: 1, filters: [{ target: { in: 'tags', path: [] }, key: 'no', value: 'where' }] }))).toContain('resources_by_tag');
});

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
