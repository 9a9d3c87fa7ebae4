// Delete of a resource group with 1,000 resources: it comes to its end, tells how far it is, takes everything along, and
// lets nothing in meanwhile.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { numberAt, objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../testkit/src/raw-request.ts';
import { startTestServer, type TestServer } from '../../../testkit/src/test-server.ts';

const ACCOUNTS = 60;
const VAULTS = 20;
const COMPONENTS = 920;

let server: TestServer;
let headers: { readonly authorization: string };
let group: string;

beforeAll(async () => {
  server = await startTestServer();
  headers = await server.bearer();
  group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/large`;
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

async function send(method: string, path: string, body?: object): Promise<RawAnswer> {
  return server.send('localhost', { method, path, body, headers });
}

async function putAll(count: number, pathOf: (n: number) => string, body: object): Promise<void> {
  let next = 0;
  const statuses = new Set<number>();
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      statuses.add((await send('PUT', pathOf(next), body)).status);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  expect([...statuses].every((status) => [200, 201, 202].includes(status))).toBe(true);
}

const componentPath = (n: number) => `${group}/providers/Microsoft.Insights/components/insights-${n}?api-version=2020-02-02`;

test('a group with 1,000 resources is deleted, with progress, and nothing is left', { timeout: 180_000 }, async () => {
  await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  const component = { location: 'local', kind: 'web', properties: { Application_Type: 'web' } };
  await putAll(COMPONENTS, componentPath, component);
  const account = { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} };
  await putAll(ACCOUNTS, (n) => `${group}/providers/Microsoft.Storage/storageAccounts/largeaccount${n}?api-version=2023-01-01`, account);
  const vault = { location: 'local', properties: { tenantId: server.connection.tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] } };
  await putAll(VAULTS, (n) => `${group}/providers/Microsoft.KeyVault/vaults/large-vault-${n}?api-version=2022-07-01`, vault);

  const accepted = await send('DELETE', `${group}?api-version=2022-09-01`);
  expect(accepted.status).toBe(202);
  const status = new URL(String(accepted.headers['azure-asyncoperation']));
  const seen: number[] = [];
  let state = 'InProgress';
  let refused: RawAnswer | undefined;
  while (state === 'InProgress') {
    const { json } = await send('GET', `${status.pathname}${status.search}`);
    state = stringAt(json, 'status') ?? '';
    const percent = numberAt(json, 'percentComplete') ?? 0;
    seen.push(percent);
    if (refused === undefined && percent > 0 && percent < 100) refused = await send('PUT', componentPath(1), component);
  }
  expect(state).toBe('Succeeded');
  expect(seen.filter((percent) => percent > 0 && percent < 100).length).toBeGreaterThan(0);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect([refused?.status, stringAt(objectAt(refused?.json, 'error'), 'code')]).toEqual([409, 'ResourceGroupBeingDeleted']);

  expect((await send('GET', `${group}?api-version=2022-09-01`)).status).toBe(404);
  const { rows } = await server.composition.database.pool.query('select type, count(*)::int as count from resources where key like $1 group by type', [`${group.toLowerCase()}/%`]);
  // Vaults outlive their group: they are recoverable for their days.
  expect(rows).toEqual([{ type: 'microsoft.keyvault/vaults', count: VAULTS }]);
  const deleted = await send('GET', `/subscriptions/${server.connection.subscriptionId}/providers/Microsoft.KeyVault/deletedVaults?api-version=2022-07-01&$top=100`);
  expect(Reflect.get(deleted.json, 'value')).toHaveLength(VAULTS);
});
