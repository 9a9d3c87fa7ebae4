// The conformance kit on toy types: sync with secrets, nested, asynchronous, soft-deleted, extension, resource group.

import { afterAll, beforeAll } from 'vitest';
import type { Worker } from '#work/worker.ts';
import { callerOf, describeConformance, ownerOnly } from '../../../testkit/src/resource-conformance.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import type { Arm } from './arm.ts';
import { RG, SUB, startToyServer } from './testing/toy-server.ts';
import { gadgets, machines, notes, parts, resourceGroups } from './testing/toy-types.ts';

const GADGET = `${RG}/providers/Toy.Shop/gadgets/base`;

let db: TestDatabase;
let arm: Arm;
let worker: Worker;
beforeAll(async () => {
  db = await testDatabase();
  const server = startToyServer(db.database, ownerOnly);
  arm = server.arm;
  worker = await server.startWorker();
  const call = callerOf(arm);
  await call('PUT', `${SUB}?api-version=2022-01-01`, {});
  await call('PUT', `${RG}?api-version=2022-01-01`, { location: 'here' });
  await call('PUT', `${GADGET}?api-version=2024-01-01`, { location: 'here' });
});
afterAll(async () => {
  await worker.stop();
  await db.close();
});

const harness = { arm: () => arm, database: () => db.database };
const apiVersion = '2024-01-01';

describeConformance(harness, {
  type: gadgets,
  apiVersion,
  collection: `${RG}/providers/Toy.Shop/gadgets`,
  orphanCollection: { path: `${SUB}/resourceGroups/nowhere/providers/Toy.Shop/gadgets`, code: 'ResourceGroupNotFound' },
  names: ['g-one', 'g-two', 'g-three'],
  badName: '1-begins-with-a-digit',
  sample: { location: 'Here', tags: { a: 'b' }, properties: { material: 'brass', color: 'red', engine: { engineType: 'electric', volts: 12, password: 'hunter2-secret' }, labels: { shelf: 'top' } } },
  changed: { location: 'here', properties: { material: 'brass', color: 'Green', count: 3 } },
  invalid: { body: { location: 'here', properties: { count: 99 } }, target: 'properties.count' },
  immutableChange: { location: 'here', properties: { material: 'tin' } },
  secret: 'hunter2-secret',
  filter: { matching: 'color=red&labels=shelf=top', other: 'color=green' },
});

describeConformance(harness, {
  type: parts,
  apiVersion,
  collection: `${GADGET}/parts`,
  orphanCollection: { path: `${RG}/providers/Toy.Shop/gadgets/missing/parts`, code: 'ParentResourceNotFound' },
  names: ['p-One', 'p-two', 'p-three'],
  badName: '-dash',
  sample: { properties: { weight: 2 } },
  changed: { properties: { weight: 3 } },
  invalid: { body: { properties: {} }, target: 'properties.weight' },
});

describeConformance(harness, {
  type: machines,
  apiVersion,
  collection: `${GADGET}/machines`,
  orphanCollection: { path: `${RG}/providers/Toy.Shop/gadgets/missing/machines`, code: 'ParentResourceNotFound' },
  names: ['m-one', 'm-two', 'm-three'],
  badName: 'no_underscore',
  sample: { properties: { size: 1 } },
  changed: { properties: { size: 2 } },
});

describeConformance(harness, {
  type: notes,
  apiVersion,
  collection: `${GADGET}/providers/Toy.Paper/notes`,
  orphanCollection: { path: `${RG}/providers/Toy.Shop/gadgets/missing/providers/Toy.Paper/notes`, code: 'ParentResourceNotFound' },
  names: ['n-one', 'n-two', 'n-three'],
  badName: 'no_underscore',
  sample: { properties: { text: 'a' } },
  changed: { properties: { text: 'b' } },
});

describeConformance(harness, {
  type: resourceGroups,
  apiVersion: '2022-01-01',
  collection: `${SUB}/resourceGroups`,
  orphanCollection: { path: '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups', code: 'SubscriptionNotFound' },
  names: ['rg-one', 'rg-two', 'rg-three'],
  badName: 'a*b',
  sample: { location: 'here', managedBy: 'me' },
  changed: { location: 'here', tags: { x: 'y' } },
});
