// Children of a workspace and its network, by unmodified clients and by raw requests, on one server.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';

const ML = 'api-version=2025-06-01';

let server: TestServer;
let workspaceId = '';
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

async function arm(method: string, path: string, body?: object): Promise<RawAnswer> {
  return server.send('management', { method, path: path.includes('api-version=') ? path : `${path}?${ML}`, headers: await server.bearer(), ...(body === undefined ? {} : { body }) });
}

async function settled(path: string): Promise<JsonObject> {
  for (;;) {
    const { json } = await arm('GET', path);
    const state = stringAt(json['properties'], 'provisioningState');
    if (state !== 'Creating' && state !== 'Updating') return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const code = (answer: { readonly json: JsonObject }): string | undefined => stringAt(objectAt(answer.json, 'error'), 'code');

test('the client drives a compute instance, a cluster and datastores', async () => {
  const facts = await runClient(server, '../workspace-children/children', { principal: { objectId: '', ...server.credential() } });
  workspaceId = stringAt(facts, 'workspaceId') ?? '';
  const inner = objectAt(objectAt(facts, 'instance'), 'properties');
  expect(inner).toMatchObject({
    enableNodePublicIp: true,
    state: 'Running',
    sshSettings: { sshPublicAccess: 'Disabled', adminUserName: 'azureuser' },
    lastOperation: { operationName: 'Create', operationStatus: 'Succeeded' },
  });
  expect(objectAt(inner, 'schedules')['computeStartStop']).toMatchObject([{ id: expect.any(String), provisioningStatus: 'Completed', cron: { timeZone: 'W. Europe Standard Time' } }]);
  for (const invented of ['applications', 'connectivityEndpoints', 'personalComputeInstanceSettings']) expect(inner).not.toHaveProperty(invented);
  expect(facts['states']).toEqual(['Running', 'Stopped', 'Running', 'Running']);
  expect(facts['grown']).toMatchObject({
    identity: { type: 'SystemAssigned', principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    tags: { a: 'b' },
    properties: {
      vmSize: 'STANDARD_D1_V2',
      vmPriority: 'LowPriority',
      scaleSettings: { maxNodeCount: 2, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: 'PT1M' },
      remoteLoginPortPublicAccess: 'NotSpecified',
    },
  });
  const refused = objectAt(facts, 'refused');
  const expected = {
    startCluster: [400, 'ComputeTypeNotSupported', 'AmlCompute'],
    size: [400, 'PropertyChangeNotAllowed', 'vmSize'],
    priority: [400, 'PropertyChangeNotAllowed', 'vmPriority'],
    kubernetes: [400, 'ComputeTypeNotSupported', 'Kubernetes'],
    scripts: [400, 'ComputeInstancePropertyNotSupported', 'setupScripts'],
    timeZone: [400, 'ValidationError', 'Atlantis'],
    keys: [400, 'ComputeHasNoKeys', 'AmlCompute'],
    unknownAccount: [400, 'StorageAccountNotFound', 'skipValidation'],
    wrongKey: [400, 'InvalidStorageCredentials', 'skipValidation'],
    noSecret: [400, 'ValidationError', 'key is missing'],
    systemDelete: [409, 'SystemDatastoreImmutable', 'workspaceartifactstore'],
    systemMove: [400, 'SystemDatastoreImmutable', 'containerName'],
  } as const;
  for (const [name, [status, word, text]] of Object.entries(expected)) expect([name, refused[name]]).toEqual([name, { status, code: word, message: expect.stringContaining(text) }]);
  expect(facts['lakeSecrets']).toMatchObject({ secretsType: 'ServicePrincipal', clientSecret: 'hush' });
  expect(facts['lake']).toMatchObject({
    datastoreType: 'AzureDataLakeGen2',
    serviceDataAccessAuthIdentity: 'None',
    isDefault: false,
    credentials: { credentialsType: 'ServicePrincipal', clientId: expect.any(String) },
  });
  expect(JSON.stringify(facts['lake'])).not.toContain('hush');
  expect(facts['goneInstance']).toMatchObject({ status: 404 });
});

test('there is always one default datastore', async () => {
  const path = `${workspaceId}/dataStores/extra`;
  const defaults = async () => JSON.stringify((await arm('GET', `${workspaceId}/datastores?isDefault=true&${ML}`)).json['value']).match(/"name":"\w+"/g);
  const properties = objectAt((await arm('GET', path)).json, 'properties');
  expect(properties['isDefault']).toBe(false);
  expect((await arm('PUT', `${path}?skipValidation=true&${ML}`, { properties: { ...properties, isDefault: true } })).status).toBe(200);
  expect(await defaults()).toEqual(['"name":"extra"']);
  const kept = await arm('DELETE', path);
  expect([kept.status, code(kept)]).toEqual([409, 'DatastoreIsDefault']);
  expect((await arm('PUT', path, { properties: { ...properties, isDefault: false, description: 'x' } })).status).toBe(200);
  expect(await defaults()).toEqual(['"name":"workspaceblobstore"']);
});

test('outbound rules need a managed network; required ones stay; a private endpoint rule connects', async () => {
  const rule = (name: string) => `${workspaceId}/outboundRules/${name}`;
  const fqdn = { properties: { type: 'FQDN', category: 'UserDefined', destination: 'pypi.example.org' } };
  const early = await arm('PUT', rule('pypi'), fqdn);
  expect([early.status, code(early)]).toEqual([400, 'OutboundRuleNotAllowed']);
  const workspace = (await arm('GET', workspaceId)).json;
  const isolated = await arm('PUT', workspaceId, {
    ...workspace,
    properties: { ...objectAt(workspace, 'properties'), managedNetwork: { isolationMode: 'AllowOnlyApprovedOutbound', outboundRules: { inline: { type: 'FQDN', destination: '*.example.com' } } } },
  });
  expect(isolated.status).toBeLessThan(203);
  const after = objectAt(await settled(workspaceId), 'properties');
  expect(after['provisioningState']).toBe('Succeeded');
  const rules = objectAt(objectAt(after, 'managedNetwork'), 'outboundRules');
  expect(Object.keys(rules)).toEqual(expect.arrayContaining(['inline', '__SYS_ST_AzureActiveDirectory_TCP']));
  expect(rules['inline']).toMatchObject({ type: 'FQDN', category: 'UserDefined', destination: '*.example.com', status: 'Inactive' });
  const links = after['privateEndpointConnections'];
  expect(Array.isArray(links) ? links.length : 0).toBe(1);

  const off = await arm('PATCH', workspaceId, { properties: { managedNetwork: { isolationMode: 'Disabled' } } });
  expect([off.status, code(off)]).toEqual([400, 'PropertyChangeNotAllowed']);
  const { managedNetwork: _left, ...less } = after;
  expect((await arm('PUT', workspaceId, { ...workspace, properties: less })).status).toBe(200);
  expect(objectAt((await settled(workspaceId))['properties'], 'managedNetwork')['isolationMode']).toBe('AllowOnlyApprovedOutbound');

  const put = await arm('PUT', rule('pypi'), fqdn);
  expect([put.status, objectAt(put.json, 'properties')]).toEqual([200, { ...fqdn.properties, status: 'Inactive' }]);
  const changed = await arm('PUT', rule('pypi'), { properties: { type: 'FQDN', destination: 'files.example.org' } });
  expect([changed.status, objectAt(changed.json, 'properties')['destination']]).toEqual([200, 'files.example.org']);
  const tag = { type: 'ServiceTag', category: 'UserDefined', destination: { serviceTag: 'AppService', protocol: 'UDP', portRanges: '445' } };
  expect((await arm('PUT', rule('tag'), { name: 'tag', type: 'x', properties: tag })).status).toBe(200);
  const storageId = stringAt(after, 'storageAccount') ?? '';
  const endpoint = { type: 'PrivateEndpoint', category: 'UserDefined', destination: { serviceResourceId: storageId, subresourceTarget: 'table', sparkEnabled: true } };
  expect((await arm('PUT', rule('table'), { properties: endpoint })).status).toBe(200);
  for (const [name, properties, status, word] of [
    ['bad', { type: 'FQDN', destination: 'no host' }, 400, 'ValidationError'],
    ['bad', { ...endpoint, destination: { ...endpoint.destination, subresourceTarget: 'vault' } }, 400, 'ValidationError'],
    ['bad', { ...endpoint, destination: { ...endpoint.destination, serviceResourceId: storageId.replace(/.$/, '_') } }, 400, 'ResourceNotFound'],
    ['table', { ...endpoint, destination: { ...endpoint.destination, subresourceTarget: 'queue' } }, 400, 'PropertyChangeNotAllowed'],
    ['bad', { ...fqdn.properties, category: 'Required' }, 400, 'ValidationError'],
    ['__SYS_mine', fqdn.properties, 400, 'ValidationError'],
  ] as const) {
    const answer = await arm('PUT', rule(name), { properties });
    expect([name, answer.status, code(answer)]).toEqual([name, status, word]);
  }
  const required = await arm('DELETE', rule('__SYS_ST_AzureActiveDirectory_TCP'));
  expect([required.status, code(required)]).toEqual([409, 'RequiredRuleImmutable']);

  const account = `${storageId}/privateEndpointConnections?api-version=2023-01-01`;
  const connections = async () => JSON.stringify((await arm('GET', account)).json['value']);
  expect(await connections()).toContain('"table"');
  expect((await arm('POST', `${workspaceId}/provisionManagedNetwork`, { includeSpark: true })).status).toBe(202);
  await expect.poll(async () => stringAt((await arm('GET', rule('table'))).json['properties'], 'status'), { timeout: 20_000 }).toBe('Active');
  expect(objectAt(objectAt((await arm('GET', rule('table'))).json, 'properties'), 'destination')).toMatchObject({ sparkEnabled: true, sparkStatus: 'Active' });
  // azure-ai-ml takes an answer without an operation apart twice, and then knows no subtype any more.
  for (const answer of [put, changed, await arm('PUT', rule('pypi'), { properties: { type: 'FQDN', destination: 'files.example.org' } })]) {
    const operation = new URL(String(answer.headers['azure-asyncoperation']));
    expect((await arm('GET', `${operation.pathname}${operation.search}`)).json).toMatchObject({ status: 'Succeeded', resourceId: rule('pypi') });
  }
  expect((await arm('DELETE', rule('table'))).status).toBe(200);
  expect((await arm('GET', rule('table'))).status).toBe(404);
  expect(await connections()).not.toContain('"table"');
});

test('a managed network that is to be provisioned at once is active when the workspace is', async () => {
  const path = workspaceId.replace(/[^/]+$/, 'provisioned');
  const properties = { managedNetwork: { isolationMode: 'AllowInternetOutbound' }, provisionNetworkNow: 'true' };
  expect((await arm('PUT', `${path}?api-version=2023-08-01-preview`, { location: 'local', identity: { type: 'SystemAssigned' }, properties })).status).toBe(202);
  const made = objectAt(objectAt(await settled(path), 'properties'), 'managedNetwork');
  expect(made).toMatchObject({ isolationMode: 'AllowInternetOutbound', status: { status: 'Active', sparkReady: false } });
});

test('the client makes networks, private endpoints and private DNS; the owner of a target approves and rejects', async () => {
  const facts = await runClient(server, '../workspace-children/network', { principal: { objectId: '', ...server.credential() } });
  expect(facts['states']).toEqual(['Approved', 'Pending', 'Pending', 'Approved', 'Rejected', 'Disconnected']);
  expect([facts['afterChild'], facts['afterPlainPut'], facts['subnetGone']]).toEqual([['ends', 'nodes'], ['ends', 'nodes'], ['nodes']]);
  expect(facts['nodes']).toEqual({ prefix: '10.1.2.0/24', guard: true });
  expect(facts['auto']).toMatchObject({ nicAddress: '10.1.1.4', dns: [{ ipAddresses: ['10.1.1.4'] }] });
  expect(facts['zoneGroup']).toMatchObject([{ recordType: 'A', ipAddresses: ['10.1.1.4'] }]);
  expect([facts['record'], facts['zone'], facts['left']]).toEqual([[{ ipv4Address: '10.1.1.4' }], { records: 3, links: 1 }, 1]);
  expect(facts['recordGone']).toMatchObject({ status: 404 });
  const expected = {
    outside: [400, 'NetcfgSubnetRangeOutsideVnet'],
    overlap: [400, 'NetcfgSubnetRangesOverlap'],
    shrink: [400, 'InUsePrefixCannotBeDeleted'],
    subnetInUse: [400, 'InUseSubnetCannotBeDeleted'],
    networkInUse: [400, 'InUseSubnetCannotBeDeleted'],
    guardInUse: [400, 'InUseNetworkSecurityGroupCannotBeDeleted'],
    group: [400, 'InvalidGroupId'],
    nic: [405, 'MethodNotAllowed'],
    full: [400, 'SubnetIsFull'],
    invented: [404, 'PrivateEndpointConnectionNotFound'],
    linked: [409, 'CannotDeleteResource'],
  } as const;
  for (const [name, [status, word]] of Object.entries(expected)) expect([name, objectAt(facts, 'refused')[name]]).toMatchObject([name, { status, code: word }]);
});

test('leaves no error in the log', () => {
  expect(server.errors()).toEqual([]);
});
