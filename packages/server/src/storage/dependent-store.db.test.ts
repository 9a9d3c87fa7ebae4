import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { countInside, findReferences } from './dependent-store.ts';

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
const group = `/subscriptions/${SUBSCRIPTION}/resourcegroups/g`;
const keyOf = (name: string): string => `${group}/providers/toy.shop/gadgets/${name}`;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const insert = (name: string, properties: object, more = ''): string => `
    insert into resources (key, id, type, name, parent_key, subscription_id, resource_group, etag, provisioning_state, system_data, properties, identity, deleted_at)
    values ('${keyOf(name)}', '${keyOf(name).replace('gadgets', 'Gadgets')}', 'toy.shop/gadgets${name.includes('/') ? '/parts' : ''}', '${name.split('/').at(-1)}', '${group}', '${SUBSCRIPTION}', 'g', 'e',
      'Succeeded', '{}', '${JSON.stringify(properties)}', ${more === 'identity' ? `'${JSON.stringify({ userAssignedIdentities: { [keyOf('ab').toUpperCase()]: {} } })}'` : 'null'}, ${more === 'deleted' ? 'now()' : 'null'});`;
  await db.database.pool.query(
    [
      insert('ab', {}),
      insert('ab/parts/one', { of: keyOf('ab') }),
      insert('ab/parts/two', {}),
      insert('abc', {}),
      insert('refers', { to: keyOf('ab').toUpperCase() }),
      insert('refers-below', { list: [`${keyOf('ab')}/parts/one`] }),
      insert('refers-to-other', { to: keyOf('abc') }),
      insert('runs-as', {}, 'identity'),
      insert('gone', { to: keyOf('ab') }, 'deleted'),
    ].join(''),
  );
});
afterAll(async () => {
  await db.close();
});

test('counts what lies below, and no more than asked', async () => {
  expect(await countInside(db.database.sql, keyOf('ab'), 10)).toEqual([{ type: 'toy.shop/gadgets/parts', count: 2 }]);
  expect((await countInside(db.database.sql, group, 3)).reduce((sum, { count }) => sum + count, 0)).toBe(3);
  expect(await countInside(db.database.sql, keyOf('abc'), 10)).toEqual([]);
});

test('finds what names it or something below it, in any letter case, and not what only begins alike', async () => {
  const found = await findReferences(db.database.sql, keyOf('ab'), SUBSCRIPTION, 10);
  expect(found.map(({ name }) => name)).toEqual(['refers', 'refers-below', 'runs-as']);
  expect(await findReferences(db.database.sql, keyOf('ab'), SUBSCRIPTION, 1)).toHaveLength(1);
});
