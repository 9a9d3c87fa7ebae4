// What governs resources beside and below a workspace: policies, moves to another group, roles and locks on one container.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { STORAGE_AUDIENCE, type TestServer } from '../../../../testkit/src/test-server.ts';
import { type NeighbourServer, startNeighbourServer } from './neighbour-server.ts';

let it: NeighbourServer;
let server: TestServer;
beforeAll(async () => {
  it = await startNeighbourServer();
  ({ server } = it);
});
afterAll(() => it?.stop());

test('policies deny what lacks a tag or lies elsewhere, whoever writes it, until they are no longer assigned', async () => {
  const POLICY = 'api-version=2023-04-01';
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const group = `${subscription}/resourceGroups/Governed`;
  const identity = (name: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}?api-version=2024-11-30`;
  const assignment = (name: string): string => `${group}/providers/Microsoft.Authorization/policyAssignments/${name}?${POLICY}`;
  const builtIn = (name: string): string => `/providers/Microsoft.Authorization/policyDefinitions/${name}`;
  await it.send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  expect((await it.send('PUT', identity('before'), { location: 'local' })).status).toBe(201);

  const REQUIRE = builtIn('871b6d14-10aa-478d-b590-94f262ecfa99');
  expect((await it.send('GET', `${REQUIRE}?${POLICY}`)).body).toMatchObject({ id: REQUIRE, properties: { displayName: 'Require a tag on resources', policyType: 'BuiltIn', mode: 'Indexed' } });
  expect((await it.send('PUT', assignment('tagged'), { properties: { policyDefinitionId: REQUIRE } })).code).toBe('MissingPolicyParameter');
  const tagged = await it.send('PUT', assignment('tagged'), { properties: { policyDefinitionId: REQUIRE, displayName: 'Costs', parameters: { tagName: { value: 'costCenter' } } } });
  expect([tagged.status, objectAt(tagged.body, 'properties')]).toMatchObject([201, { scope: group, enforcementMode: 'Default' }]);

  const denied = await it.send('PUT', identity('untagged'), { location: 'local', tags: { other: 'x' } });
  const info = {
    policyDefinitionId: REQUIRE,
    policyDefinitionEffect: 'deny',
    policyAssignmentName: 'tagged',
    policyAssignmentScope: group,
    policyAssignmentParameters: { tagName: { value: 'costCenter' } },
  };
  const evaluated = { result: 'True', expressionKind: 'Field', expression: 'tags[costCenter]', path: 'tags[costCenter]', targetValue: 'false', operator: 'Exists' };
  expect([denied.status, objectAt(denied.body, 'error')]).toMatchObject([
    403,
    {
      code: 'RequestDisallowedByPolicy',
      target: 'untagged',
      message: expect.stringMatching(/^Resource 'untagged' was disallowed by policy\. Policy identifiers: '\[\{"policyAssignment":\{"name":"Costs"/),
      additionalInfo: [{ type: 'PolicyViolation', info: { ...info, evaluationDetails: { evaluatedExpressions: [evaluated] } } }],
    },
  ]);
  expect((await it.send('GET', identity('untagged'))).status).toBe(404);
  expect((await it.send('PUT', identity('tagged'), { location: 'local', tags: { COSTCENTER: '1' } })).status).toBe(201);
  // What is there is judged when it changes; by PATCH and by the tags resource too.
  expect((await it.send('PATCH', identity('before'), { tags: { other: 'x' } })).code).toBe('RequestDisallowedByPolicy');
  expect((await it.send('DELETE', identity('tagged/providers/Microsoft.Resources/tags/default'))).code).toBe('RequestDisallowedByPolicy');
  // Neighbours that the server makes are no exception: the workspace fails and says why.
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/governed?api-version=2024-10-01`;
  expect(await it.ended(await it.raw('PUT', workspace, { location: 'local', tags: { costCenter: '1' }, properties: {} }))).toMatchObject({
    status: 'Failed',
    error: { code: 'RequestDisallowedByPolicy' },
  });

  const rule = {
    if: {
      allOf: [
        { field: 'type', equals: 'Microsoft.ContainerRegistry/registries' },
        { field: 'Microsoft.ContainerRegistry/registries/adminUserEnabled', equals: true },
      ],
    },
    then: { effect: "[parameters('effect')]" },
  };
  const definition = `${subscription}/providers/Microsoft.Authorization/policyDefinitions/no-admin`;
  const parameters = { effect: { type: 'String', allowedValues: ['deny', 'audit'], defaultValue: 'deny' } };
  expect((await it.send('PUT', `${definition}?${POLICY}`, { properties: { mode: 'All', parameters, policyRule: { ...rule, then: { effect: 'modify' } } } })).code).toBe('InvalidPolicyRule');
  expect((await it.send('PUT', `${definition}?${POLICY}`, { properties: { mode: 'All', parameters, policyRule: rule } })).status).toBe(201);
  await it.send('PUT', assignment('no-admin'), { properties: { policyDefinitionId: definition, nonComplianceMessages: [{ message: 'Use tokens.' }] } });
  const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/governedimages?api-version=2025-11-01`;
  const open = { location: 'local', tags: { costCenter: '1' }, sku: { name: 'Basic' }, properties: { adminUserEnabled: true } };
  const byRule = await it.send('PUT', registry, open);
  expect(objectAt(byRule.body, 'error')['message']).toBe("Resource 'governedimages' was disallowed by policy. Reasons: 'Use tokens.'. See error details for policy resource IDs.");
  await it.send('PUT', assignment('no-admin'), { properties: { policyDefinitionId: definition, parameters: { effect: { value: 'audit' } } } });
  expect((await it.send('PUT', registry, open)).status).toBeLessThan(300);
  expect((await it.send('DELETE', `${definition}?${POLICY}`)).code).toBe('PolicyDefinitionInUse');
  expect((await it.send('DELETE', assignment('no-admin'))).status).toBe(200);
  expect((await it.send('DELETE', `${definition}?${POLICY}`)).status).toBe(200);

  // Members of lists, by [*]; what Azure has besides is refused by name.
  const openRange = `${subscription}/providers/Microsoft.Authorization/policyDefinitions/no-open-range`;
  const ranges = (field: string) => ({ properties: { mode: 'All', policyRule: { if: { not: { field, notEquals: '0.0.0.0/0' } }, then: { effect: 'deny' } } } });
  expect((await it.send('PUT', `${openRange}?${POLICY}`, ranges('Microsoft.Storage/storageAccounts/networkAcls.ipRules[0].value'))).code).toBe('InvalidPolicyAlias');
  expect((await it.send('PUT', `${openRange}?${POLICY}`, ranges('Microsoft.Storage/storageAccounts/networkAcls.ipRules[*].value'))).status).toBe(201);
  await it.send('PUT', assignment('ranges'), { properties: { policyDefinitionId: openRange } });
  const account = (value: string) => ({
    location: 'local',
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    tags: { costCenter: '1' },
    properties: { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '20.1.2.3' }, { value }] } },
  });
  const ranged = `${group}/providers/Microsoft.Storage/storageAccounts/rangedaccount?api-version=2023-05-01`;
  expect((await it.send('PUT', ranged, account('0.0.0.0/0'))).code).toBe('RequestDisallowedByPolicy');
  expect((await it.send('PUT', ranged, account('20.1.2.4'))).status).toBeLessThan(300);
  await it.send('DELETE', assignment('ranges'));
  for (const type of ['policySetDefinitions', 'policyExemptions'])
    expect(await it.send('PUT', `${subscription}/providers/Microsoft.Authorization/${type}/x?${POLICY}`, { properties: {} })).toMatchObject({ status: 404, code: 'InvalidResourceType' });

  const ALLOWED_TYPES = builtIn('a08ec900-254a-4555-9bf5-e42af04b5c5c');
  await it.send('PUT', assignment('types'), {
    properties: { policyDefinitionId: ALLOWED_TYPES, parameters: { listOfResourceTypesAllowed: { value: ['Microsoft.Storage/storageAccounts'] } } },
  });
  expect((await it.send('PUT', identity('other-type'), { location: 'local', tags: { costCenter: '1' } })).code).toBe('RequestDisallowedByPolicy');
  expect((await it.send('PUT', ranged, account('20.1.2.5'))).status).toBeLessThan(300);
  await it.send('DELETE', assignment('types'));

  const places = { listOfAllowedLocations: { value: ['elsewhere'] } };
  await it.send('PUT', assignment('places'), {
    properties: { policyDefinitionId: builtIn('e56962a6-4747-49cd-b67b-bf8b01975c4c'), parameters: places, notScopes: [identity('tagged').split('?')[0]] },
  });
  expect((await it.send('PUT', identity('here'), { location: 'local', tags: { costCenter: '1' } })).code).toBe('RequestDisallowedByPolicy');
  expect((await it.send('PATCH', identity('tagged'), { tags: { costCenter: '2' } })).status).toBe(200);
  const listed = await it.send('GET', `${group}/providers/Microsoft.Authorization/policyAssignments?${POLICY}&$filter=atScope()`);
  expect(Object(listed.body['value']).map(({ name }: { readonly name: string }) => name)).toEqual(['tagged', 'places']);
  for (const name of ['tagged', 'places']) await it.send('DELETE', assignment(name));
  expect((await it.send('PUT', identity('untagged'), { location: 'local' })).status).toBe(201);
});

test('resources move to another group with what belongs to them; what refers to them follows; what cannot move is refused', async () => {
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const [from, to] = [`${subscription}/resourceGroups/Leaving`, `${subscription}/resourceGroups/Arriving`];
  for (const group of [from, to]) await it.send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  const identity = (group: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mover`;
  const account = (group: string): string => `${group}/providers/Microsoft.Storage/storageAccounts/movingaccount`;
  const workspace = `${from}/providers/Microsoft.MachineLearningServices/workspaces/staying`;
  const network = (group: string): string => `${group}/providers/Microsoft.Network/virtualNetworks/moving`;
  const NET = 'api-version=2024-05-01';
  const made = await it.send('PUT', `${identity(from)}?api-version=2024-11-30`, { location: 'local' });
  const carried = { type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity(from)]: {} } };
  const storage = 'api-version=2023-01-01';
  await it.settled(`${account(from)}?${storage}`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, identity: carried });
  await it.send('PUT', `${account(from)}/blobServices/default/containers/things?${storage}`, {});
  await it.settled(`${workspace}?api-version=2024-10-01`, { location: 'local', identity: { type: 'SystemAssigned' }, properties: { storageAccount: account(from) } });
  await it.settled(`${network(from)}?${NET}`, {
    location: 'local',
    properties: { addressSpace: { addressPrefixes: ['10.9.0.0/16'] }, subnets: [{ name: 'a', properties: { addressPrefix: '10.9.0.0/24' } }] },
  });
  const toWorkspace = { privateLinkServiceConnections: [{ name: 'link', properties: { privateLinkServiceId: workspace, groupIds: ['amlworkspace'] } }] };
  await it.settled(`${from}/providers/Microsoft.Network/privateEndpoints/staying?${NET}`, {
    location: 'local',
    // Terraform sends the name that nobody gave.
    properties: { subnet: { id: `${network(from)}/subnets/a` }, customNetworkInterfaceName: '', ipConfigurations: [], ...toWorkspace },
  });
  const fixed = await it.send('PUT', `${from}/providers/Microsoft.Network/privateEndpoints/fixed?${NET}`, {
    location: 'local',
    properties: { subnet: { id: `${network(from)}/subnets/a` }, ipConfigurations: [{ name: 'ip', properties: { privateIPAddress: '10.9.0.9' } }], ...toWorkspace },
  });
  expect([fixed.status, fixed.code]).toEqual([400, 'StaticAddressNotSupported']);
  const keys = await it.send('POST', `${account(from)}/listKeys?${storage}`);
  const reader = await server.createPrincipal();
  const READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
  const assignment = '/providers/Microsoft.Authorization/roleAssignments/31111111-2222-4333-8444-555555555555';
  await it.send('PUT', `${account(from)}${assignment}?api-version=2022-04-01`, { properties: { roleDefinitionId: READER, principalId: reader.objectId } });

  const ask = (ids: readonly string[], target: string, action = 'moveResources') => it.send('POST', `${from}/${action}?api-version=2021-04-01`, { resources: ids, targetResourceGroup: target });
  const refused = [
    await ask([workspace], to, 'validateMoveResources'),
    await ask([workspace], '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x'),
    await ask([`${network(from)}/subnets/a`], to),
    await ask([identity(to)], to),
    await ask([identity(from)], `${subscription}/resourceGroups/nowhere`),
    await ask([identity(from)], from),
  ];
  expect(refused.map(({ code }) => code)).toEqual([
    'ResourceMoveNotSupported',
    'ResourceMoveNotSupported',
    'ResourceNotTopLevel',
    'ResourcesNotInSameResourceGroup',
    'ResourceGroupNotFound',
    'InvalidTargetResourceGroup',
  ]);
  const lock = `${account(from)}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`;
  await it.send('PUT', lock, { properties: { level: 'CanNotDelete' } });
  expect((await ask([account(from)], to)).code).toBe('ScopeLocked');
  await it.send('DELETE', lock);
  const contributor = await server.createPrincipal({ roles: ['contributor'], scope: from });
  expect((await it.send('POST', `${from}/moveResources?api-version=2021-04-01`, { resources: [account(from)], targetResourceGroup: to }, contributor)).status).toBe(403);

  const ids = [account(from), identity(from), network(from)];
  expect(await it.ended(await it.raw('POST', `${from}/validateMoveResources?api-version=2021-04-01`, { resources: ids, targetResourceGroup: to }))).toMatchObject({ status: 'Succeeded' });
  expect((await it.send('GET', `${account(from)}?${storage}`)).status).toBe(200);
  expect(await it.ended(await it.raw('POST', `${from}/moveResources?api-version=2021-04-01`, { resources: ids, targetResourceGroup: to }))).toMatchObject({ status: 'Succeeded' });

  expect((await it.send('GET', `${account(from)}?${storage}`)).status).toBe(404);
  const moved = await it.send('GET', `${account(to)}?${storage}`);
  expect(moved.body).toMatchObject({ id: account(to), identity: { type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity(to)]: expect.anything() } } });
  expect((await it.send('POST', `${account(to)}/listKeys?${storage}`)).body).toEqual(keys.body);
  expect(objectAt((await it.send('GET', `${workspace}?api-version=2024-10-01`)).body, 'properties')['storageAccount']).toBe(account(to));
  expect((await it.send('GET', `${identity(to)}?api-version=2024-11-30`)).body['properties']).toEqual(made.body['properties']);
  const endpoint = await it.send('GET', `${from}/providers/Microsoft.Network/privateEndpoints/staying?${NET}`);
  expect(objectAt(endpoint.body, 'properties')).not.toHaveProperty('customNetworkInterfaceName');
  expect(objectAt(objectAt(endpoint.body, 'properties'), 'subnet')['id']).toBe(`${network(to)}/subnets/a`);
  expect((await it.send('DELETE', `${network(to)}/subnets/a?${NET}`)).code).toBe('InUseSubnetCannotBeDeleted');
  const roles = await it.send('GET', `${account(to)}${assignment}?api-version=2022-04-01`);
  expect(objectAt(roles.body, 'properties')).toMatchObject({ scope: account(to), principalId: reader.objectId });
  const read = await server.send('movingaccount.blob', {
    method: 'GET',
    path: '/things?restype=container&comp=list',
    headers: { ...(await server.bearer(reader, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' },
  });
  expect(read.status).toBe(200);
  await it.settled(`${workspace}/datastores/more?api-version=2024-10-01&skipValidation=true`, {
    properties: { datastoreType: 'AzureBlob', accountName: 'movingaccount', containerName: 'things', credentials: { credentialsType: 'None' } },
  });

  // A group whose subnet is held from another group stays; that one first, then it goes.
  const held = await it.send('DELETE', `${to}?api-version=2022-09-01`);
  expect([held.status, objectAt(held.body, 'error')]).toMatchObject([409, { code: 'ResourceGroupDeletionBlocked', details: [{ code: 'InUseSubnetCannotBeDeleted' }] }]);
  expect((await it.send('GET', `${to}?api-version=2022-09-01`)).body['properties']).toEqual({ provisioningState: 'Succeeded' });
  for (const group of [from, to]) expect(await it.ended(await it.raw('DELETE', `${group}?api-version=2022-09-01`))).toMatchObject({ status: 'Succeeded' });
});

test('the last assignment by which somebody manages access cannot be deleted', async () => {
  const AUTH = 'api-version=2022-04-01';
  const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
  const listed = await it.send('GET', `/providers/Microsoft.Authorization/roleAssignments?${AUTH}&$filter=atScope()`);
  const owners: readonly JsonObject[] = Object(listed.body['value']).filter((one: JsonObject) => stringAt(objectAt(one, 'properties'), 'roleDefinitionId')?.endsWith(OWNER));
  const own = server.composition.machine.installation.cliPrincipalId;
  const others = owners.filter((one) => objectAt(one, 'properties')['principalId'] !== own);
  for (const other of others) expect((await it.send('DELETE', `${stringAt(other, 'id')}?${AUTH}`)).status).toBe(200);
  const last = owners.find((one) => objectAt(one, 'properties')['principalId'] === own);
  const refused = await it.send('DELETE', `${stringAt(last, 'id')}?${AUTH}`);
  expect([refused.status, refused.code]).toEqual([412, 'CannotDeleteLastRbacAdminAssignment']);
  for (const other of others) {
    const { roleDefinitionId, principalId } = objectAt(other, 'properties');
    expect((await it.send('PUT', `${stringAt(other, 'id')}?${AUTH}`, { properties: { roleDefinitionId, principalId } })).status).toBe(201);
  }
});

test('a role on one container opens that one and nothing else; a lock on it keeps it and its account', async () => {
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/Contained`;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/containedaccount`;
  const container = (name: string): string => `${account}/blobServices/default/containers/${name}`;
  const storage = 'api-version=2023-01-01';
  const AUTH = 'api-version=2022-04-01';
  await it.send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  await it.settled(`${account}?${storage}`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } });
  for (const name of ['one', 'two']) await it.send('PUT', `${container(name)}?${storage}`, {});
  const reader = await server.createPrincipal();
  const assignment = (name: string): string => `${container(name)}/providers/Microsoft.Authorization/roleAssignments/41111111-2222-4333-8444-555555555555?${AUTH}`;
  const READER = { properties: { roleDefinitionId: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', principalId: reader.objectId } };
  expect((await it.send('PUT', assignment('missing'), READER)).code).toBe('ParentResourceNotFound');
  const assigned = await it.send('PUT', assignment('one'), READER);
  expect([assigned.status, objectAt(assigned.body, 'properties')['scope']]).toEqual([201, container('one')]);
  const blob = async (method: string, path: string, body?: string): Promise<number> => {
    const headers = { ...(await server.bearer(reader, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03', 'x-ms-blob-type': 'BlockBlob' };
    return (await server.send('containedaccount.blob', { method, path, headers, ...(body === undefined ? {} : { body }) })).status;
  };
  const list = (name: string) => blob('GET', `/${name}?restype=container&comp=list`);
  expect([await list('one'), await list('two'), await blob('GET', '/?comp=list'), await blob('PUT', '/one/x', 'x')]).toEqual([200, 403, 403, 403]);
  expect((await it.send('GET', `${container('one')}?${storage}`, undefined, reader)).status).toBe(200);
  expect((await it.send('GET', `${container('two')}?${storage}`, undefined, reader)).status).toBe(403);
  const below = await it.send('GET', `${account}/providers/Microsoft.Authorization/roleAssignments?${AUTH}&$filter=principalId%20eq%20'${reader.objectId}'`);
  expect(below.body['value']).toMatchObject([{ id: assignment('one').split('?')[0] }]);

  const lock = `${container('one')}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`;
  expect((await it.send('PUT', lock, { properties: { level: 'CanNotDelete' } })).status).toBe(201);
  for (const path of [container('one'), account]) expect((await it.send('DELETE', `${path}?${storage}`)).code).toBe('ScopeLocked');
  expect((await it.send('DELETE', `${container('two')}?${storage}`)).status).toBe(200);
  expect((await it.send('DELETE', lock)).status).toBe(200);
  expect((await it.send('DELETE', `${container('one')}?${storage}`)).status).toBe(200);
  // A container of the same name that is made later is another one.
  await it.send('PUT', `${container('one')}?${storage}`, {});
  expect([await list('one'), (await it.send('GET', assignment('one'))).status]).toEqual([403, 404]);

  const began = new Date(Date.now() - 60_000).toISOString();
  const log = await it.send(
    'GET',
    `/subscriptions/${server.connection.subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=${encodeURIComponent(`eventTimestamp ge '${began}' and resourceGroupName eq 'Contained'`)}`,
  );
  const operations: readonly string[] = Object(log.body['value']).map((event: JsonObject) => stringAt(event['operationName'], 'value'));
  expect(operations).toEqual(expect.arrayContaining(['Microsoft.Storage/storageAccounts/blobServices/containers/write', 'Microsoft.Storage/storageAccounts/blobServices/containers/delete']));
});
