// A rotated account key counts from the next request on, and a deleted account is gone with it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../../testkit/src/test-server.ts';
import { sharedKeyHeaders } from '../../../testkit/src/wire-client.ts';

const NAME = 'rotating';
const VERSION = 'api-version=2023-01-01';
let server: TestServer;
let group: string;

beforeAll(async () => {
  server = await startTestServer();
  group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/rotation`;
  await arm('PUT', `${group}?api-version=2022-09-01`, { location: server.connection.region });
  await arm('PUT', `${group}/providers/Microsoft.Storage/storageAccounts/${NAME}?${VERSION}`, { location: server.connection.region, kind: 'StorageV2', sku: { name: 'Standard_LRS' } });
});
afterAll(() => server?.stop());

const arm = async (method: string, path: string, body?: object) => server.send('management', { method, path, headers: await server.bearer(), body });

async function keyOf(name: string, action: string, body: object = {}): Promise<string> {
  const { json } = await arm('POST', `${group}/providers/Microsoft.Storage/storageAccounts/${NAME}/${action}?${VERSION}`, body);
  const keys = Array.isArray(json['keys']) ? json['keys'] : [];
  return String(keys.map(Object).find((key) => key.keyName === name)?.value);
}

async function listContainers(key: string): Promise<number> {
  const path = '/?comp=list';
  return (await server.send(`${NAME}.blob`, { method: 'GET', path, headers: sharedKeyHeaders({ name: NAME, key }, { method: 'GET', path, resourcePrefix: '', length: 0, headers: {} }) })).status;
}

test('the old key is refused by the very next request, ten times in a row; the other key goes on', async () => {
  let key1 = await keyOf('key1', 'listKeys');
  const key2 = await keyOf('key2', 'listKeys');
  for (let turn = 0; turn < 10; turn += 1) {
    expect(await listContainers(key1)).toBe(200);
    const next = await keyOf('key1', 'regenerateKey', { keyName: 'key1' });
    expect(next).not.toBe(key1);
    expect([turn, await listContainers(key1), await listContainers(next), await listContainers(key2)]).toEqual([turn, 403, 200, 200]);
    key1 = next;
  }
});

test('a deleted account answers nobody', async () => {
  const key = await keyOf('key2', 'listKeys');
  expect(await listContainers(key)).toBe(200);
  await arm('DELETE', `${group}/providers/Microsoft.Storage/storageAccounts/${NAME}?${VERSION}`);
  await expect.poll(() => listContainers(key), { timeout: 20_000, interval: 100 }).toBe(404);
});
