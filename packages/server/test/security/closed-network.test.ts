// publicNetworkAccess Disabled: only callers from the operator's private addresses get in, on every plane.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePrivateAddresses } from '#compose/access/network-access.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../testkit/src/raw-request.ts';
import { startTestServer, STORAGE_AUDIENCE, type TestServer } from '../../../testkit/src/test-server.ts';

const ML = 'api-version=2024-10-01';
const OUTSIDE = '127.0.0.2';
const INSIDE = '127.0.0.1';
/** On the operator's list, and not this machine itself. */
const PRIVATE = '127.0.2.5';

let server: TestServer;
let workspace = '';
let properties: JsonObject = {};

async function call(host: string, method: string, path: string, options: { readonly from?: string; readonly body?: object; readonly audience?: string } = {}): Promise<RawAnswer> {
  const { from, body, audience } = options;
  const headers = { ...(await server.bearer(undefined, audience)), 'x-ms-version': '2023-11-03', 'x-ms-file-request-intent': 'backup' };
  return server.send(host, { method, path, headers, ...(from === undefined ? {} : { from }), ...(body === undefined ? {} : { body }) });
}

async function settled(): Promise<JsonObject> {
  for (;;) {
    const { json } = await call('management', 'GET', `${workspace}?${ML}`);
    const found = objectAt(json, 'properties');
    const state = stringAt(found, 'provisioningState');
    if (state === 'Succeeded') return found;
    if (state === 'Failed') throw new Error(JSON.stringify(json));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const nameOf = (property: string): string => stringAt(properties, property)?.split('/').at(-1) ?? '';

beforeAll(async () => {
  server = await startTestServer({ privateAddresses: `${INSIDE}/32,::1,127.0.2.0/24` });
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/closed`;
  workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/closed`;
  await call('management', 'PUT', `${group}?api-version=2022-09-01`, { body: { location: 'local' } });
  await call('management', 'PUT', `${workspace}?${ML}`, { body: { location: 'local' } });
  properties = await settled();
});
afterAll(async () => {
  await server?.stop();
});

/** What a caller does in a workspace, on all its planes. */
async function answers(from: string): Promise<Readonly<Record<string, RawAnswer>>> {
  const region = server.connection.region;
  return {
    list: await call('management', 'GET', `${workspace}/jobs?${ML}`, { from }),
    read: await call('management', 'GET', `${workspace}/datastores/workspaceblobstore?${ML}`, { from }),
    escaped: await call('management', 'GET', `${workspace.replace('/workspaces/closed', '/workspaces/%43losed')}/data?${ML}`, { from }),
    keys: await call('management', 'POST', `${workspace}/listKeys?${ML}`, { from }),
    mlflow: await call(`${region}.api`, 'GET', `/mlflow/v1.0${workspace}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`, { from }),
    blob: await call(`${nameOf('storageAccount')}.blob`, 'GET', '/azureml?restype=container', { from, audience: STORAGE_AUDIENCE }),
    dfs: await call(`${nameOf('storageAccount')}.dfs`, 'GET', '/azureml?resource=filesystem&recursive=false', { from, audience: STORAGE_AUDIENCE }),
    file: await call(`${nameOf('storageAccount')}.file`, 'GET', '/?comp=list', { from, audience: STORAGE_AUDIENCE }),
    vault: await call(`${nameOf('keyVault')}.vault`, 'GET', '/secrets?api-version=7.4', { from, audience: 'https://vault.azure.net' }),
  };
}

test('an open workspace is reached from anywhere', async () => {
  for (const [name, answer] of Object.entries(await answers(OUTSIDE))) if (name !== 'vault') expect([name, answer.status < 400 || answer.status === 404]).toEqual([name, true]);
});

test('a closed one answers the private addresses, and refuses all others on every plane', async () => {
  const closed = await call('management', 'PATCH', `${workspace}?${ML}`, { body: { properties: { publicNetworkAccess: 'Disabled' } } });
  expect(closed.status).toBeLessThan(203);
  await settled();
  const inside = await answers(INSIDE);
  for (const [name, answer] of Object.entries(inside)) if (name !== 'vault') expect([name, answer.status < 400 || answer.status === 404]).toEqual([name, true]);
  expect(inside['vault']?.text ?? '').not.toContain('ForbiddenByConnection');
  const outside = await answers(OUTSIDE);
  for (const [name, answer] of Object.entries(outside)) expect([name, answer.status]).toEqual([name, 403]);
  for (const name of ['list', 'read', 'escaped', 'keys']) expect(objectAt(outside[name]?.json, 'error')).toMatchObject({ code: 'UserError', message: expect.stringContaining(OUTSIDE) });
  expect(outside['blob']?.text).toContain('AuthorizationFailure');
  expect(outside['vault']?.json).toMatchObject({ error: { code: 'Forbidden', innererror: { code: 'ForbiddenByConnection' } } });
});

test('a template sent from outside does not get in either', async () => {
  const resource = { type: 'Microsoft.MachineLearningServices/workspaces/models', apiVersion: '2024-10-01', name: 'closed/smuggled', properties: {} };
  const template = { $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#', contentVersion: '1.0.0.0', resources: [resource] };
  const at = (name: string) => `${workspace.slice(0, workspace.indexOf('/providers/'))}/providers/Microsoft.Resources/deployments/${name}?api-version=2025-04-01`;
  // Why the level: any other looks at the resources before anything is begun.
  const deploy = async (name: string, from: string): Promise<JsonObject> => {
    expect((await call('management', 'PUT', at(name), { from, body: { properties: { mode: 'Incremental', validationLevel: 'Template', template } } })).status).toBe(201);
    for (;;) {
      const found = objectAt((await call('management', 'GET', at(name), { from })).json, 'properties');
      if (['Succeeded', 'Failed'].includes(stringAt(found, 'provisioningState') ?? '')) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ahead = await call('management', 'PUT', at('refused-ahead'), { from: OUTSIDE, body: { properties: { mode: 'Incremental', template } } });
  expect(ahead).toMatchObject({ status: 400, text: expect.stringContaining(OUTSIDE) });
  const refused = await deploy('from-outside', OUTSIDE);
  expect(refused).toMatchObject({ provisioningState: 'Failed' });
  expect(JSON.stringify(refused['error'])).toContain(OUTSIDE);
  expect((await call('management', 'GET', `${workspace}/models/smuggled?${ML}`)).status).toBe(404);
  expect(await deploy('from-inside', INSIDE)).toMatchObject({ provisioningState: 'Succeeded' });
});

test('the workspace itself and its connections are managed from anywhere, so that it can be opened again', async () => {
  expect((await call('management', 'GET', `${workspace}?${ML}`, { from: OUTSIDE })).status).toBe(200);
  expect((await call('management', 'GET', `${workspace}/privateEndpointConnections?${ML}`, { from: OUTSIDE })).status).toBe(200);
  expect((await call('management', 'PATCH', `${workspace}?${ML}`, { from: OUTSIDE, body: { properties: { publicNetworkAccess: 'Enabled' } } })).status).toBeLessThan(203);
  await settled();
  expect((await call('management', 'GET', `${workspace}/jobs?${ML}`, { from: OUTSIDE })).status).toBe(200);
});

test('a private address reaches a closed workspace and its neighbours while a private endpoint connection is approved, and no longer', async () => {
  await call('management', 'PATCH', `${workspace}?${ML}`, { body: { properties: { publicNetworkAccess: 'Disabled' } } });
  await settled();
  const group = workspace.slice(0, workspace.indexOf('/providers/'));
  const compute = `${workspace}/computes/inside`;
  const cluster = { location: 'local', properties: { computeType: 'AmlCompute', properties: { vmSize: 'X', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } } } };
  expect((await call('management', 'PUT', `${compute}?${ML}`, { body: cluster })).status).toBeLessThan(300);
  const experiment = await call(`${server.connection.region}.api`, 'POST', `/mlflow/v1.0${workspace}/api/2.0/mlflow/runs/create`, { body: { experiment_id: '0', run_name: 'r' } });
  const runId = stringAt(objectAt(objectAt(experiment.json, 'run'), 'info'), 'run_id') ?? '';
  const log = `/mlflow/v1.0${workspace}/api/2.0/mlflow-artifacts/artifacts/ExperimentRun/dcid.${runId}/a.txt`;
  expect((await call(`${server.connection.region}.api`, 'PUT', log, { body: { x: 1 } })).status).toBe(200);
  const link = await call('studio', 'GET', `/api/studio${workspace}/runs/${runId}/downloadLink?path=a.txt`);
  const ticket = stringAt(link.json, 'url') ?? '';
  const seen = async (from: string) => {
    const resources = await call('studio', 'GET', `/api/studio/resourceStates?id=${encodeURIComponent(workspace)}&id=${encodeURIComponent(compute)}`, { from });
    return {
      jobs: (await call('management', 'GET', `${workspace}/jobs?${ML}`, { from })).status,
      blob: (await call(`${nameOf('storageAccount')}.blob`, 'GET', '/azureml?restype=container', { from, audience: STORAGE_AUDIENCE })).status,
      vault: (await call(`${nameOf('keyVault')}.vault`, 'GET', '/secrets?api-version=7.4', { from, audience: 'https://vault.azure.net' })).text.includes('ForbiddenByConnection'),
      listed: [resources.text.includes('/workspaces/closed"'), resources.text.includes('/computes/inside')],
      ticket: (await call('studio', 'GET', ticket, { from })).status,
    };
  };
  const open = { jobs: 200, blob: 200, vault: false, listed: [true, true], ticket: 200 };
  const shut = { jobs: 403, blob: 403, vault: true, listed: [true, false], ticket: 403 };
  expect([await seen(INSIDE), await seen(PRIVATE), await seen(OUTSIDE)]).toEqual([open, shut, shut]);

  const NET = 'api-version=2024-05-01';
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/closed`;
  const addressSpace = { addressPrefixes: ['10.0.0.0/16'] };
  await call('management', 'PUT', `${network}?${NET}`, { body: { location: 'local', properties: { addressSpace } } });
  await call('management', 'PUT', `${network}/subnets/ends?${NET}`, { body: { properties: { addressPrefix: '10.0.1.0/24' } } });
  const connection = { name: 'link', properties: { privateLinkServiceId: workspace, groupIds: ['amlworkspace'] } };
  const endpoint = `${group}/providers/Microsoft.Network/privateEndpoints/closed?${NET}`;
  const made = await call('management', 'PUT', endpoint, { body: { location: 'local', properties: { subnet: { id: `${network}/subnets/ends` }, manualPrivateLinkServiceConnections: [connection] } } });
  expect(made.status).toBeLessThan(300);
  const connections = await call('management', 'GET', `${workspace}/privateEndpointConnections?${ML}`);
  const [pending]: readonly JsonObject[] = Object(connections.json['value']);
  const decide = async (status: string) => {
    const answer = await call('management', 'PUT', `${stringAt(pending, 'id')}?${ML}`, { body: { properties: { privateLinkServiceConnectionState: { status, description: 'x' } } } });
    expect(answer.status).toBe(200);
  };
  expect(objectAt(objectAt(pending, 'properties'), 'privateLinkServiceConnectionState')['status']).toBe('Pending');
  expect(await seen(PRIVATE)).toEqual(shut);
  await decide('Approved');
  expect([await seen(PRIVATE), await seen(OUTSIDE)]).toEqual([open, shut]);
  await decide('Rejected');
  expect(await seen(PRIVATE)).toEqual(shut);
  await decide('Approved');
  expect(await seen(PRIVATE)).toEqual(open);
  expect((await call('management', 'DELETE', endpoint)).status).toBeLessThan(300);
  expect(await seen(PRIVATE)).toEqual(shut);
  await call('management', 'PATCH', `${workspace}?${ML}`, { body: { properties: { publicNetworkAccess: 'Enabled' } } });
  await settled();
});

test('network rules of a workspace let in what they list, and the machine itself', async () => {
  const PREVIEW = 'api-version=2024-10-01-preview';
  const patch = (change: JsonObject) => call('management', 'PATCH', `${workspace}?${PREVIEW}`, { body: { properties: change } });
  const outside = async () => call('management', 'GET', `${workspace}/jobs?${ML}`, { from: OUTSIDE });
  const listed = (value: string) => ({ networkAcls: { defaultAction: 'Deny', ipRules: [{ value }] } });
  const wrong = await patch(listed('127.0.0.0/99'));
  expect([wrong.status, objectAt(wrong.json, 'error')]).toEqual([400, expect.objectContaining({ target: 'properties.networkAcls.ipRules.0.value' })]);
  expect(objectAt((await patch(listed('192.0.2.0/24'))).json, 'properties')).toMatchObject({ publicNetworkAccess: 'Enabled', ...listed('192.0.2.0/24') });
  expect(objectAt((await outside()).json, 'error')).toMatchObject({ code: 'UserError', message: expect.stringContaining('networkAcls') });
  expect((await call('management', 'GET', `${workspace}/jobs?${ML}`, { from: INSIDE })).status).toBe(200);
  await patch(listed('127.0.0.0/24'));
  expect((await outside()).status).toBe(200);
  const reset = await patch({ networkAcls: { defaultAction: 'Allow' }, ipAllowlist: ['192.0.2.7'] });
  expect(objectAt(objectAt(reset.json, 'properties'), 'networkAcls')).toEqual({ defaultAction: 'Allow' });
  expect((await outside()).status).toBe(403);
  await patch({ ipAllowlist: [] });
  expect((await outside()).status).toBe(200);
});

test('network rules of a vault let in what they list', async () => {
  const vault = stringAt(properties, 'keyVault') ?? '';
  const rules = async (value: string) =>
    call('management', 'PATCH', `${vault}?api-version=2023-07-01`, { body: { properties: { networkAcls: { bypass: 'None', defaultAction: 'Deny', ipRules: [{ value }], virtualNetworkRules: [] } } } });
  const read = async () => (await call(`${nameOf('keyVault')}.vault`, 'GET', '/secrets?api-version=7.4', { from: OUTSIDE, audience: 'https://vault.azure.net' })).text;
  expect((await rules('192.0.2.1')).status).toBe(200);
  expect(await read()).toContain('ForbiddenByFirewall');
  expect((await rules('127.0.0.0/24')).status).toBe(200);
  expect(await read()).not.toContain('ForbiddenByFirewall');
});

test('a setting that is no list of addresses is refused by name', () => {
  for (const bad of ['10.0.0.0/33', 'somewhere', '10.0.0.0/8;::1', '10.0.0.0/8/9']) expect(() => parsePrivateAddresses(bad)).toThrow('LAZURITE_PRIVATE_ADDRESSES');
  expect(parsePrivateAddresses(' 10.0.0.0/8, ::1 ').check('10.9.9.9')).toBe(true);
});
