// Queues and tables: their service properties, read as clients read them; and how all else is refused.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { ACCOUNT, KEY1, type PlaneServer, startPlaneServer } from './plane-server.ts';
import { sendTo } from './targets.ts';

let db: TestDatabase;
let server: PlaneServer;
beforeAll(async () => {
  db = await testDatabase();
  server = await startPlaneServer(db.database);
});
afterAll(async () => {
  await server.close();
  await db.close();
  expect(server.internal).toEqual([]);
});

test('queues and tables tell theirs to a token and to a key, and to nobody else', async () => {
  const properties = '/?comp=properties&restype=service';
  const send = (service: string, headers: Readonly<Record<string, string>>, path = properties) => sendTo(server.port, `${ACCOUNT}.${service}.lazurite.localhost`)('GET', path, headers);
  for (const service of ['queue', 'table']) {
    const answer = await send(service, { authorization: 'Bearer owner' });
    expect([answer.status, answer.body.toString()]).toEqual([200, expect.stringContaining('<Logging><Version>1.0</Version><Read>false</Read>')]);
    expect((await send(service, {})).status).toBe(401);
    expect((await send(service, { authorization: 'Bearer owner' }, '/things')).status).toBe(501);
  }
  const date = new Date().toUTCString();
  const sign = (text: string): string => createHmac('sha256', KEY1).update(text).digest('base64');
  const signed = { 'x-ms-date': date, authorization: `SharedKeyLite ${ACCOUNT}:${sign(`${date}\n/${ACCOUNT}/?comp=properties`)}` };
  expect((await send('table', signed)).status).toBe(200);
  const wrong = { ...signed, authorization: `SharedKeyLite ${ACCOUNT}:${sign('something else')}` };
  expect((await send('table', wrong)).status).toBe(403);
});
