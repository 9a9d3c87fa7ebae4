// A workspace with network, private endpoint and DNS zone from one template, and an empty what-if after it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { privateTemplate } from './private-template.ts';

const VERSION = 'api-version=2025-04-01';
let server: TestServer;
let headers: { readonly authorization: string };
beforeAll(async () => {
  server = await startTestServer();
  headers = await server.bearer();
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

const send = (method: string, path: string, body?: object): Promise<RawAnswer> => server.send('localhost', { method, path, body, headers });

test('a privately reached workspace is deployed, endpoint approved, and stays as it is', async () => {
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/private`;
  const deployment = `${group}/providers/Microsoft.Resources/deployments/main`;
  await send('PUT', `${group}?${VERSION}`, { location: 'local' });
  const body = { properties: { mode: 'Incremental', template: privateTemplate, parameters: { name: { value: 'Secluded' } } } };
  expect((await send('PUT', `${deployment}?${VERSION}`, body)).status).toBe(201);
  let done = objectAt(undefined, '');
  do {
    await new Promise((resolve) => setTimeout(resolve, 50));
    done = objectAt((await send('GET', `${deployment}?${VERSION}`)).json, 'properties');
  } while (['Accepted', 'Running'].includes(stringAt(done, 'provisioningState') ?? ''));
  expect([done['provisioningState'], done['error']]).toEqual(['Succeeded', undefined]);
  const outputs = objectAt(done, 'outputs');
  expect([objectAt(outputs, 'prefix')['value'], objectAt(outputs, 'status')['value']]).toEqual(['10.40.1.0/24', 'Approved']);
  const accepted = await send('POST', `${deployment}/whatIf?${VERSION}`, body);
  const result = new URL(String(accepted.headers.location));
  const changes: unknown = objectAt((await send('GET', `${result.pathname}${result.search}`)).json, 'properties')['changes'];
  const changed = (Array.isArray(changes) ? changes : []).filter(isJsonObject).filter(({ changeType }) => changeType !== 'NoChange' && changeType !== 'Ignore');
  expect(changed.map(({ resourceId, changeType, delta }) => [changeType, resourceId, delta])).toEqual([]);
});
