// The directory between requests: what a committed transaction changed is seen by the next look, on this server and others.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#storage/database.ts';
import { addGroupMember, deletePrincipal, insertPrincipal, setPrincipalEnabled } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { type Directory, openDirectoryCache } from './directory-cache.ts';

let db: TestDatabase;
let directory: Directory;
beforeAll(async () => {
  db = await testDatabase();
  directory = await openDirectoryCache({ database: db.database, clock: systemClock });
});
afterAll(() => db.close());

test('every change is seen by the look that follows its transaction', async () => {
  const id = randomUUID();
  const group = randomUUID();
  const { database } = db;
  // Many turns: a cache that learned of a change a moment late would be caught sooner or later.
  for (let turn = 0; turn < 30; turn += 1) {
    expect(await directory.findPrincipal(id)).toBeUndefined();
    await database.transaction(async (tx) => {
      await insertPrincipal(tx, { id, kind: 'User', displayName: 'one' });
      await insertPrincipal(tx, { id: group, kind: 'Group', displayName: 'group' });
    });
    expect(await directory.findPrincipal(id)).toMatchObject({ isEnabled: true, groups: [] });
    await database.transaction((tx) => addGroupMember(tx, group, id));
    expect(await directory.findPrincipal(id)).toMatchObject({ groups: [group] });
    await database.transaction((tx) => setPrincipalEnabled(tx, id, false));
    expect(await directory.findPrincipal(id)).toMatchObject({ isEnabled: false });
    const before = (await directory.findAssignments([id])).length;
    await database.transaction((tx) => insertAssignment(tx, { scope: '/', roleId: randomUUID(), principalId: id, principalType: 'User', createdBy: id, now: new Date() }));
    expect(await directory.findAssignments([id])).toHaveLength(before + 1);
    await database.transaction((tx) => deletePrincipal(tx, id));
    await database.transaction((tx) => deletePrincipal(tx, group));
  }
});

test('a change by another server arrives', async () => {
  const id = randomUUID();
  const other = await Database.open({ url: db.url, poolSize: 1 });
  expect(await directory.findPrincipal(id)).toBeUndefined();
  const told = Promise.withResolvers<void>();
  await db.database.listen('lazurite_directory', () => told.resolve());
  await other.transaction((tx) => insertPrincipal(tx, { id, kind: 'User', displayName: 'elsewhere' }));
  await told.promise;
  expect(await directory.findPrincipal(id)).toMatchObject({ displayName: 'elsewhere' });
  await other.close();
});
