// The conformance kit over the types of the real registry, on a whole server. What is not here has its reason below.

import { afterAll, expect, test } from 'vitest';
import type { AnyResourceType } from '#arm/resource-type.ts';
import { roleIds } from '#identity/role-definitions.ts';
import { stringAt } from '#kernel/json.ts';
import { insertPrincipal } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { callerOf, type ConformanceSubject, describeConformance, owner, stranger } from '../../../testkit/src/resource-conformance.ts';
import { startTestServer } from '../../../testkit/src/test-server.ts';

// Why at the top: the kit declares its tests from the types, and those exist when the server does.
const server = await startTestServer();
const { arm, database } = server.composition;
const subscription = `/subscriptions/${server.connection.subscriptionId}`;
const group = `${subscription}/resourceGroups/conforming`;
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/base`;
const MISSING_WORKSPACE = `${group}/providers/Microsoft.MachineLearningServices/workspaces/missing`;
const call = callerOf(arm);
const ML = '2024-10-01';

await database.transaction(async (tx) => {
  for (const { objectId, displayName, userPrincipalName } of [owner, stranger])
    await insertPrincipal(tx, { id: objectId, kind: 'User', displayName, ...(userPrincipalName === undefined ? {} : { userPrincipalName }) });
  await insertAssignment(tx, { scope: '/', roleId: roleIds.owner, principalId: owner.objectId, principalType: 'User', createdBy: owner.objectId, now: new Date() });
});
await call('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
await call('PUT', `${workspace}?api-version=${ML}`, { location: 'local', properties: { managedNetwork: { isolationMode: 'AllowOnlyApprovedOutbound' } } });
while (stringAt((await call('GET', `${workspace}?api-version=${ML}`)).body['properties'], 'provisioningState') !== 'Succeeded') await new Promise((resolve) => setTimeout(resolve, 50));
for (const name of ['codes', 'environments', 'models', 'data']) await call('PUT', `${workspace}/${name}/1?api-version=${ML}`, { properties: name === 'data' ? { dataType: 'uri_file' } : {} });

afterAll(async () => {
  await server.stop();
});

function typeOf(name: string): AnyResourceType {
  const found = arm.types.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new Error(`There is no type ${name}.`);
  return found;
}

const inWorkspace = (segment: string): Pick<ConformanceSubject, 'type' | 'apiVersion' | 'collection' | 'orphanCollection' | 'names' | 'badName'> => ({
  type: typeOf(`Microsoft.MachineLearningServices/workspaces/${segment.replace('/1', '')}`),
  apiVersion: ML,
  collection: `${workspace}/${segment}`,
  orphanCollection: { path: `${MISSING_WORKSPACE}/${segment}`, code: 'ParentResourceNotFound' },
  names: ['one', 'two', 'three'],
  badName: '-leading-dash',
});

const assets: Readonly<Record<string, Pick<ConformanceSubject, 'sample' | 'changed' | 'immutableChange' | 'invalid'>>> = {
  codes: {
    sample: { properties: { codeUri: 'https://x.blob.test/c/code' } },
    changed: { properties: { codeUri: 'https://x.blob.test/c/code', description: 'changed' } },
    immutableChange: { properties: { codeUri: 'https://x.blob.test/c/other' } },
  },
  environments: {
    sample: { properties: { image: 'python:3', condaFile: 'dependencies: []' } },
    changed: { properties: { image: 'python:3', condaFile: 'dependencies: []', description: 'changed' } },
    invalid: { body: { properties: { image: 5 } }, target: 'properties.image' },
    immutableChange: { properties: { image: 'python:4', condaFile: 'dependencies: []' } },
  },
  models: {
    sample: { properties: { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/m' } },
    changed: { properties: { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/m', description: 'changed' } },
  },
  data: {
    sample: { properties: { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/d' } },
    changed: { properties: { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/d', tags: { a: 'b' } } },
    invalid: { body: { properties: { dataType: 'uri_moon', dataUri: 'x' } }, target: 'properties.dataType' },
  },
};

for (const [segment, bodies] of Object.entries(assets)) {
  describeConformance(
    { arm: () => arm, database: () => database },
    { ...inWorkspace(`${segment}/1/versions`), type: typeOf(`Microsoft.MachineLearningServices/workspaces/${segment}/versions`), ...bodies },
  );
}

const harness = { arm: () => arm, database: () => database };

const storageAccount = stringAt((await call('GET', `${workspace}?api-version=${ML}`)).body['properties'], 'storageAccount') ?? '';
const blobDatastore = (containerName: string) => ({
  properties: {
    datastoreType: 'AzureBlob',
    accountName: storageAccount.split('/').at(-1) ?? '',
    containerName,
    credentials: { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: 'sv=1&sig=secret-of-the-sample' } },
  },
});

describeConformance(harness, {
  ...inWorkspace('datastores'),
  sample: blobDatastore('c'),
  changed: blobDatastore('d'),
  invalid: { body: { properties: { datastoreType: 'AzureBlob', accountName: 'acct', credentials: { credentialsType: 'None' } } }, target: 'properties.containerName' },
  immutableChange: { properties: { datastoreType: 'AzureFile', accountName: 'acct', fileShareName: 's', credentials: { credentialsType: 'None' } } },
  secret: 'secret-of-the-sample',
});

describeConformance(harness, {
  ...inWorkspace('outboundRules'),
  sample: { properties: { type: 'FQDN', destination: 'one.example.com' } },
  changed: { properties: { type: 'FQDN', destination: 'two.example.com' } },
  invalid: { body: { properties: { type: 'FQDN', destination: 'no host' } }, target: 'properties.destination' },
  immutableChange: { properties: { type: 'ServiceTag', destination: { serviceTag: 'Storage', protocol: 'TCP', portRanges: '443' } } },
});

describeConformance(harness, {
  ...inWorkspace('connections'),
  sample: { properties: { authType: 'ApiKey', category: 'OpenAI', target: 'https://one.example.com', credentials: { key: 'secret-of-the-connection' } } },
  changed: { properties: { authType: 'ApiKey', category: 'OpenAI', target: 'https://two.example.com', credentials: { key: 'secret-of-the-connection' } } },
  invalid: { body: { properties: { authType: 'Charm', category: 'OpenAI' } }, target: 'properties.authType' },
  secret: 'secret-of-the-connection',
  filter: { matching: 'category=OpenAI', other: 'category=Git' },
});

describeConformance(harness, {
  type: typeOf('Microsoft.MachineLearningServices/workspaces'),
  apiVersion: ML,
  collection: `${group}/providers/Microsoft.MachineLearningServices/workspaces`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/Microsoft.MachineLearningServices/workspaces`, code: 'ResourceGroupNotFound' },
  names: ['ws-one', 'ws-two', 'ws-three'],
  badName: 'a',
  sample: { location: 'local', identity: { type: 'SystemAssigned' }, properties: { friendlyName: 'One' } },
  changed: { location: 'local', identity: { type: 'SystemAssigned' }, properties: { friendlyName: 'Changed', description: 'x' } },
  invalid: { body: { location: 'local', properties: { publicNetworkAccess: 'Perhaps' } }, target: 'properties.publicNetworkAccess' },
});

describeConformance(harness, {
  type: typeOf('Microsoft.Resources/resourceGroups'),
  apiVersion: '2022-09-01',
  collection: `${subscription}/resourceGroups`,
  orphanCollection: { path: '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups', code: 'SubscriptionNotFound' },
  names: ['rg-one', 'rg-two', 'rg-three'],
  badName: 'a*b',
  sample: { location: 'local', tags: { a: 'b' } },
  changed: { location: 'local', tags: { x: 'y' } },
});

describeConformance(harness, {
  type: typeOf('Microsoft.Insights/components'),
  apiVersion: '2020-02-02',
  collection: `${group}/providers/Microsoft.Insights/components`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/Microsoft.Insights/components`, code: 'ResourceGroupNotFound' },
  names: ['in-one', 'in-two', 'in-three'],
  badName: 'a%b',
  sample: { location: 'local', kind: 'web', properties: { Application_Type: 'web' } },
  changed: { location: 'local', kind: 'web', tags: { a: 'b' }, properties: { Application_Type: 'web' } },
});

const inGroup = (type: string): Pick<ConformanceSubject, 'type' | 'collection' | 'orphanCollection'> => ({
  type: typeOf(type),
  collection: `${group}/providers/${type}`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/${type}`, code: 'ResourceGroupNotFound' },
});

const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities';

describeConformance(harness, {
  ...inGroup(IDENTITIES),
  apiVersion: '2024-11-30',
  names: ['id-one', 'id-two', 'id-three'],
  badName: '-a',
  sample: { location: 'local', tags: { a: 'b' } },
  changed: { location: 'local', tags: { a: 'c' }, properties: { isolationScope: 'None' } },
  invalid: { body: { location: 'local', properties: { isolationScope: 'Wide' } }, target: 'properties.isolationScope' },
});

describeConformance(harness, {
  ...inGroup('Microsoft.OperationalInsights/workspaces'),
  apiVersion: '2023-09-01',
  names: ['logs-one', 'logs-two', 'logs-three'],
  badName: 'a',
  sample: { location: 'local', properties: { retentionInDays: 40 } },
  changed: { location: 'local', properties: { retentionInDays: 50 } },
  invalid: { body: { location: 'local', properties: { retentionInDays: 5000 } }, target: 'properties.retentionInDays' },
});

describeConformance(harness, {
  ...inGroup('Microsoft.ContainerRegistry/registries'),
  apiVersion: '2025-11-01',
  names: ['registry1', 'registry2', 'registry3'],
  badName: 'a-b',
  sample: { location: 'local', sku: { name: 'Basic' }, properties: { adminUserEnabled: true } },
  changed: { location: 'local', sku: { name: 'Standard' }, properties: { adminUserEnabled: false } },
  invalid: { body: { location: 'local', sku: { name: 'Basic' }, properties: { adminUserEnabled: 'yes please' } }, target: 'properties.adminUserEnabled' },
});

await call('PUT', `${subscription}/resourceGroups/lockable?api-version=2022-09-01`, { location: 'local' });
describeConformance(harness, {
  type: typeOf('Microsoft.Authorization/locks'),
  apiVersion: '2020-05-01',
  collection: `${subscription}/resourceGroups/lockable/providers/Microsoft.Authorization/locks`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/Microsoft.Authorization/locks`, code: 'ResourceGroupNotFound' },
  names: ['lock-one', 'lock-two', 'lock-three'],
  badName: 'a:b',
  sample: { properties: { level: 'CanNotDelete' } },
  changed: { properties: { level: 'ReadOnly', notes: 'x' } },
  invalid: { body: { properties: { level: 'Sometimes' } }, target: 'properties.level' },
});

describeConformance(harness, {
  type: typeOf('Microsoft.Authorization/policyDefinitions'),
  apiVersion: '2023-04-01',
  collection: `${subscription}/providers/Microsoft.Authorization/policyDefinitions`,
  orphanCollection: { path: '/subscriptions/22222222-2222-2222-2222-222222222222/providers/Microsoft.Authorization/policyDefinitions', code: 'SubscriptionNotFound' },
  names: ['policy-one', 'policy-two', 'policy-three'],
  badName: 'a*b',
  sample: { properties: { displayName: 'No color', policyRule: { if: { field: 'tags.color', exists: true }, then: { effect: 'audit' } } } },
  changed: { properties: { displayName: 'Any color', policyRule: { if: { field: 'tags.color', exists: false }, then: { effect: 'audit' } } } },
  invalid: { body: { properties: { mode: 'Sometimes', policyRule: { if: {}, then: {} } } }, target: 'properties.mode' },
});

const unenforced = { policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99', enforcementMode: 'DoNotEnforce' };
describeConformance(harness, {
  type: typeOf('Microsoft.Authorization/policyAssignments'),
  apiVersion: '2023-04-01',
  collection: `${group}/providers/Microsoft.Authorization/policyAssignments`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/Microsoft.Authorization/policyAssignments`, code: 'ResourceGroupNotFound' },
  names: ['tags-one', 'tags-two', 'tags-three'],
  badName: 'a*b',
  sample: { properties: { ...unenforced, parameters: { tagName: { value: 'a' } } } },
  changed: { properties: { ...unenforced, parameters: { tagName: { value: 'b' } } } },
  invalid: { body: { properties: { ...unenforced, parameters: {} } }, target: 'properties.parameters' },
  immutableChange: { properties: { ...unenforced, policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c' } },
});

const NETWORK = '2024-05-01';
const network = `${group}/providers/Microsoft.Network/virtualNetworks/base`;
const space = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } };
await call('PUT', `${network}?api-version=${NETWORK}`, { location: 'local', properties: space });
await call('PUT', `${network}/subnets/ends?api-version=${NETWORK}`, { properties: { addressPrefix: '10.0.255.0/24' } });
const zone = `${group}/providers/Microsoft.Network/privateDnsZones/base.example`;
await call('PUT', `${zone}?api-version=2024-06-01`, { location: 'global' });

describeConformance(harness, {
  ...inGroup('Microsoft.Network/virtualNetworks'),
  apiVersion: NETWORK,
  names: ['net-one', 'net-two', 'net-three'],
  badName: '-a',
  sample: { location: 'local', properties: space },
  changed: { location: 'local', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16', '10.2.0.0/16'] } } },
  invalid: { body: { location: 'local', properties: { addressSpace: { addressPrefixes: ['10.0.0.1/16'] } } }, target: 'properties.addressSpace.addressPrefixes' },
});

describeConformance(harness, {
  type: typeOf('Microsoft.Network/networkSecurityGroups'),
  apiVersion: NETWORK,
  collection: `${group}/providers/Microsoft.Network/networkSecurityGroups`,
  orphanCollection: { path: `${subscription}/resourceGroups/nowhere/providers/Microsoft.Network/networkSecurityGroups`, code: 'ResourceGroupNotFound' },
  names: ['nsg-one', 'nsg-two', 'nsg-three'],
  badName: '-a',
  sample: { location: 'local', properties: { securityRules: [{ name: 'ssh', properties: { priority: 100, direction: 'Inbound', access: 'Allow', protocol: 'Tcp', destinationPortRange: '22' } }] } },
  changed: { location: 'local', properties: { securityRules: [] } },
  invalid: {
    body: { location: 'local', properties: { securityRules: [{ name: 'ssh', properties: { priority: 5, direction: 'Inbound', access: 'Allow', protocol: 'Tcp' } }] } },
    target: 'properties.securityRules.0.properties.priority',
  },
});

const toWorkspace = { privateLinkServiceConnections: [{ name: 'link', properties: { privateLinkServiceId: workspace, groupIds: ['amlworkspace'] } }] };
describeConformance(harness, {
  ...inGroup('Microsoft.Network/privateEndpoints'),
  apiVersion: NETWORK,
  names: ['pe-one', 'pe-two', 'pe-three'],
  badName: '-a',
  sample: { location: 'local', properties: { subnet: { id: `${network}/subnets/ends` }, ...toWorkspace } },
  changed: { location: 'local', tags: { a: 'b' }, properties: { subnet: { id: `${network}/subnets/ends` }, ...toWorkspace } },
  invalid: { body: { location: 'local', properties: { subnet: { id: `${network}/subnets/none` }, ...toWorkspace } }, target: 'properties.subnet.id' },
});

describeConformance(harness, {
  ...inGroup('Microsoft.Network/privateDnsZones'),
  apiVersion: '2024-06-01',
  names: ['one.example', 'two.example', 'three.example'],
  badName: 'single',
  sample: { location: 'global' },
  changed: { location: 'global', tags: { a: 'b' } },
});

describeConformance(harness, {
  type: typeOf('Microsoft.Network/privateDnsZones/A'),
  apiVersion: '2024-06-01',
  collection: `${zone}/A`,
  orphanCollection: { path: `${group}/providers/Microsoft.Network/privateDnsZones/missing.example/A`, code: 'ParentResourceNotFound' },
  names: ['one', 'two', 'three'],
  badName: 'a..b',
  sample: { properties: { ttl: 60, aRecords: [{ ipv4Address: '10.0.0.4' }] } },
  changed: { properties: { ttl: 60, aRecords: [{ ipv4Address: '10.0.0.5' }] } },
  invalid: { body: { properties: { ttl: 60, aRecords: [{ ipv4Address: '10.0.0.256' }] } }, target: 'properties.aRecords' },
});

// Subnets and links: two of them never have the same range or network. SOA: one for each zone. Interfaces: endpoints make them.
// Blob services and containers: places of extensions, answered by routes. Private endpoint connections: a private endpoint makes them. Storage accounts, vaults: names are unique across the server and stay reserved; computes: deletion wants a parameter;
// jobs: a definition never changes and deletion waits for the end; role assignments: names are GUIDs of existing
// principals; system identities are read only; two federated credentials of an
// identity never trust the same subject. They are exercised by the clients' tests and by tests of their own.
test('every type is here or has its reason', () => {
  const covered = [
    'resourceGroups',
    'components',
    'workspaces',
    'datastores',
    'outboundRules',
    'connections',
    'versions',
    'userAssignedIdentities',
    'registries',
    'locks',
    'policyDefinitions',
    'policyAssignments',
    'virtualNetworks',
    'networkSecurityGroups',
    'privateEndpoints',
    'privateDnsZones',
    'A',
    'AAAA',
    'CNAME',
    'TXT',
  ];
  const reasoned = [
    'privateEndpointConnections',
    'subnets',
    'networkInterfaces',
    'privateDnsZoneGroups',
    'virtualNetworkLinks',
    'SOA',
    'permissions',
    'tags',
    'identities',
    'federatedIdentityCredentials',
    'subscriptions',
    'roleDefinitions',
    'roleAssignments',
    'storageAccounts',
    'blobServices',
    'containers',
    'vaults',
    'deletedVaults',
    'computes',
    'jobs',
    'codes',
    'environments',
    'models',
    'data',
    'deployments',
  ];
  const rest = arm.types.filter(({ type }) => ![...covered, ...reasoned].includes(type.split('/').at(-1) ?? ''));
  expect(rest.map(({ type }) => type)).toEqual([]);
});
