// What stands beside a workspace, each through its own unmodified client: identities, logs, registries, locks, activity.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, STORAGE_AUDIENCE, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  const errors = server?.errors();
  await server?.stop();
  expect(errors).toEqual([]);
});

const client = (name: string, variables: Readonly<Record<string, string>> = {}): Promise<JsonObject> => runClient(server, `../neighbours/${name}`, { variables });

interface Sent {
  readonly status: number;
  readonly body: JsonObject;
  readonly code: string | undefined;
}

async function send(method: string, path: string, body?: object, as?: TestPrincipal): Promise<Sent> {
  const answer = await server.send('management', { method, path, headers: await server.bearer(as), body });
  return { status: answer.status, body: answer.json, code: stringAt(objectAt(answer.json, 'error'), 'code') };
}

async function raw(method: string, path: string, body?: object): Promise<RawAnswer> {
  return server.send('management', { method, path, headers: await server.bearer(), body });
}

/** The status document of a long-running operation, at its end. */
async function ended(started: RawAnswer): Promise<JsonObject> {
  const url = started.headers['azure-asyncoperation'];
  if (url === undefined) throw new Error(`no operation: ${started.status} ${started.text}`);
  for (;;) {
    const poll = await raw('GET', String(url).replace(/^https:\/\/[^/]+/, ''));
    if (poll.json['status'] !== 'InProgress') return poll.json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Puts, and waits until it is made. */
async function settled(path: string, body: object): Promise<void> {
  const made = await raw('PUT', path, body);
  if (made.status >= 300) throw new Error(`PUT ${path} answered ${made.status}: ${made.text}`);
  const end = made.headers['azure-asyncoperation'] === undefined ? undefined : await ended(made);
  if (end !== undefined && end['status'] !== 'Succeeded') throw new Error(`PUT ${path} ended with ${JSON.stringify(end)}`);
}

test('user-assigned identities are principals: their tokens count until they are removed', async () => {
  const facts = await client('identities');
  const made = objectAt(facts, 'made');
  expect(made).toMatchObject({ name: 'Worker', tags: { a: 'b' }, tenantId: server.connection.tenantId, principalId: expect.stringMatching(GUID), clientId: expect.stringMatching(GUID) });
  expect(objectAt(facts, 'again')).toMatchObject({ name: 'Worker', principalId: made['principalId'], clientId: made['clientId'] });
  expect(objectAt(facts, 'patched')['tags']).toEqual({ c: 'd' });
  expect(facts['names']).toEqual([['Worker'], ['Worker']]);
  expect(facts['federated']).toMatchObject({ name: 'from-ci', subject: 'repo:a/b' });
  expect([facts['twin'], facts['wrongIssuer']]).toMatchObject([{ status: 409 }, { status: 400, message: expect.stringContaining('issuer') }]);
  expect(facts['credentials']).toEqual(['from-ci']);
  expect(facts['claims']).toMatchObject({ oid: made['principalId'], appid: made['clientId'], xms_mirid: stringAt(made, 'id')?.toLowerCase() });
  expect([facts['byResource'], facts['answers']]).toEqual([true, [200, 401]]);
  const both = objectAt(facts, 'both');
  expect(both).toMatchObject({
    type: 'SystemAssigned,UserAssigned',
    principalId: expect.stringMatching(GUID),
    userAssignedIdentities: { [stringAt(made, 'id') ?? '']: { principalId: made['principalId'], clientId: made['clientId'] } },
  });
  expect(facts['system']).toMatchObject({ name: 'default', principalId: both['principalId'], tenantId: server.connection.tenantId, clientId: expect.stringMatching(GUID) });
  expect(facts['missing']).toMatchObject({ status: 400, message: expect.stringContaining('userAssignedIdentities') });
  expect(facts['none']).toEqual({ type: 'None' });
  expect([facts['noSystem'], facts['gone']]).toMatchObject([{ status: 404 }, { status: 404, code: 'ResourceNotFound' }]);
});

test('Log Analytics workspaces have keys and come back; components point at them', async () => {
  const facts = await client('logs');
  const made = objectAt(facts, 'made');
  expect(made).toMatchObject({
    name: 'team-logs',
    customerId: expect.stringMatching(GUID),
    sku: { name: 'PerGB2018' },
    retentionInDays: 60,
    publicNetworkAccessForIngestion: 'Enabled',
    publicNetworkAccessForQuery: 'Enabled',
    workspaceCapping: { dailyQuotaGb: -1 },
    features: { enableLogAccessUsingOnlyResourcePermissions: true, disableLocalAuth: false },
    provisioningState: 'Succeeded',
  });
  expect([facts['again'], facts['recovered']]).toEqual([made['customerId'], made['customerId']]);
  expect([facts['listed'], facts['deleted'], facts['left']]).toEqual([['team-logs'], ['team-logs'], []]);
  expect(facts['keys']).toEqual([88, true, true]);
  expect(facts['wrong']).toMatchObject({ status: 400, message: expect.stringContaining('sku.name') });
  expect(facts['linked']).toMatchObject({ WorkspaceResourceId: made['id'], IngestionMode: 'LogAnalytics', SamplingPercentage: 100, RetentionInDays: 90 });
  expect(facts['read']).toMatchObject({ name: 'app', instrumentationKey: expect.stringMatching(GUID), connectionString: expect.stringContaining('IngestionEndpoint=https://') });
  expect(facts['stable']).toEqual([true, true, true]);
  expect(facts['unknown']).toMatchObject({ status: 400, message: expect.stringContaining('team-logs-missing') });
  expect([facts['billing'], facts['capped']]).toMatchObject([{ currentBillingFeatures: ['Basic'], dataVolumeCap: { cap: 100 } }, { dataVolumeCap: { cap: 5 } }]);
  expect(facts['gone']).toMatchObject({ status: 404 });
});

test('container registries have an admin user and say what they lack', async () => {
  const facts = await client('registries');
  const { domain, port } = server.connection;
  expect(facts['available']).toEqual([true, false]);
  expect(facts['made']).toMatchObject({
    loginServer: `teamimages.registry.${domain}:${port}`,
    sku: { name: 'Standard', tier: 'Standard' },
    adminUserEnabled: false,
    publicNetworkAccess: 'Enabled',
    zoneRedundancy: 'Disabled',
    networkRuleBypassOptions: 'AzureServices',
    policies: { quarantinePolicy: { status: 'disabled' }, exportPolicy: { status: 'enabled' }, azureADAuthenticationAsArmPolicy: { status: 'enabled' } },
    provisioningState: 'Succeeded',
  });
  expect(JSON.stringify(facts['made'])).not.toContain('password');
  expect(facts['closed']).toMatchObject({ status: 400, code: 'UnAuthorizedForCredentialOperations' });
  expect(facts['updated']).toMatchObject({ adminUserEnabled: true, tags: { a: 'b' } });
  expect(facts['credentials']).toMatchObject({ username: 'teamImages', passwords: [{ name: 'password' }, { name: 'password2' }] });
  const passwords = (answer: unknown): readonly unknown[] => Object(answer).passwords.map(({ value }: { readonly value: string }) => value);
  expect(passwords(facts['credentials'])[0]).toBe(passwords(facts['regenerated'])[0]);
  expect(passwords(facts['credentials'])[1]).not.toBe(passwords(facts['regenerated'])[1]);
  expect(facts['usages']).toMatchObject({ value: [{ name: 'Size', currentValue: 0 }, { name: 'Webhooks' }] });
  expect(facts['replications']).toEqual([]);
  expect(facts['replication']).toMatchObject({ status: 501, message: expect.stringContaining('replications') });
  expect(facts['premium']).toMatchObject({ status: 400, message: expect.stringContaining('publicNetworkAccess') });
  expect(facts['noSku']).toMatchObject({ status: 400, message: expect.stringContaining('sku.name') });
  expect(facts['taken']).toMatchObject({ status: 409, code: 'AlreadyInUse' });
  expect(facts['gone']).toMatchObject({ status: 404 });
});

test('locks refuse deletes and writes at their scope, below it and above it; the activity log has what was done', async () => {
  const facts = await client('locks');
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/Locked`;
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kept`;
  expect(facts['made']).toMatchObject({ name: 'keep', level: 'CanNotDelete', notes: 'in use' });
  expect(facts['write']).toEqual({ a: 'b' });
  expect(facts['removal']).toMatchObject({
    status: 409,
    code: 'ScopeLocked',
    message: `The scope '${identity}' cannot perform delete operation because following scope(s) are locked: '${identity}'. Please remove the lock and try again.`,
  });
  expect(facts['cascade']).toMatchObject({ status: 409, code: 'ScopeLocked', message: expect.stringContaining(`'${identity}'`) });
  expect(facts['locks']).toEqual([['keep'], [], ['frozen']]);
  for (const refused of [0, 1, 2, 3]) expect(Object(facts['frozen'])[refused]).toMatchObject({ status: 409, code: 'ScopeLocked', message: expect.stringContaining(`are locked: '${group}'.`) });
  expect([facts['keys'], facts['readable']]).toEqual([409, 'kept']);
  expect(facts['wrongLevel']).toMatchObject({ status: 400, message: expect.stringContaining('level') });
  expect(facts['operations']).toEqual(
    expect.arrayContaining(['Microsoft.Authorization/locks/write', 'Microsoft.Authorization/locks/delete', 'Microsoft.ManagedIdentity/userAssignedIdentities/delete']),
  );
  expect(facts['first']).toMatchObject({
    resourceGroupName: 'Locked',
    status: { value: 'Succeeded' },
    category: { value: 'Administrative' },
    caller: expect.any(String),
    authorization: { scope: group },
  });
  expect(facts['ofIdentity']).toContainEqual({ operationName: expect.objectContaining({ value: 'Microsoft.ManagedIdentity/userAssignedIdentities/write' }), resourceId: identity });
  expect(new Set(Object(facts['correlated']))).toEqual(new Set([true]));
  expect(facts['none']).toEqual([]);
  expect([facts['noBeginning'], facts['tooOld']]).toMatchObject([{ status: 400 }, { status: 400 }]);
});

test('containers of a storage account are the same for both planes; signatures made by Resource Manager open the data', async () => {
  const facts = await client('storage');
  expect(facts['endpoints']).toEqual(expect.arrayContaining(['blob', 'dfs', 'file', 'queue', 'table', 'web']));
  expect(facts['availability']).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' });
  expect(facts['updated']).toEqual([{ a: 'b' }, 'TLS1_3']);
  expect(facts['service']).toMatchObject({ name: 'default', cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } });
  expect([facts['off'], facts['files'], facts['queues']]).toEqual(['default', 'default', 'default']);
  expect(facts['on']).toMatchObject({ status: 400, message: expect.stringContaining('isVersioningEnabled') });
  expect(facts['policy']).toMatchObject({ status: 404, code: 'ManagementPolicyNotFound' });
  expect(facts['made']).toMatchObject({ name: 'from-arm', publicAccess: 'None', metadata: { a: 'b' }, hasLegalHold: false, hasImmutabilityPolicy: false });
  expect([facts['again'], facts['changed'], facts['seen']]).toEqual([{ a: 'b' }, { c: 'd' }, { c: 'd' }]);
  expect([facts['isPublic'], facts['badName']]).toMatchObject([{ status: 400, message: expect.stringContaining('publicAccess') }, { status: 400 }]);
  expect([facts['listed'], facts['filtered'], facts['bySas']]).toEqual([['from-arm', 'from-data'], ['from-data'], ['from-arm', 'from-data']]);
  expect(facts['written']).toBe(201);
  expect(facts['foreign']).toMatchObject({ status: 400, message: expect.stringContaining('canonicalizedResource') });
  expect([facts['gone'], facts['goneThere'], facts['accountGone']]).toMatchObject([{ status: 404, code: 'ContainerNotFound' }, false, { status: 404 }]);
  expect(facts['info']).toEqual([
    [false, 'Standard_LRS'],
    [true, 'Standard_ZRS'],
  ]);
  // File shares likewise.
  expect(facts['share']).toMatchObject({ name: 'from-arm', shareQuota: 3, metadata: { a: 'b' }, enabledProtocols: 'SMB', accessTier: 'TransactionOptimized' });
  expect(facts['grown']).toEqual([4, 'Cool', { a: 'b' }]);
  expect([facts['nfs'], facts['badShare'], facts['noQuota'], facts['filesOn']]).toMatchObject([{ status: 400 }, { status: 400 }, { status: 400 }, { status: 400 }]);
  expect([facts['used'], facts['bySignature']]).toEqual([8, 'by token']);
  expect([facts['shares'], facts['someShares']]).toEqual([['from-arm', 'from-data'], ['from-data']]);
  expect([facts['shareGone'], facts['shareGoneThere']]).toMatchObject([{ status: 404, code: 'ShareNotFound' }, false]);
});

test('roles are made, found by name, assigned within their scopes and kept while in use; tags are a resource of their own', async () => {
  const grantee = await server.createPrincipal();
  const facts = await client('roles', { GRANTEE: grantee.objectId });
  const scope = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/Roles`;
  expect([facts['byName'], facts['builtIn'], facts['gone']]).toEqual([['Storage Blob Data Contributor'], true, []]);
  expect(facts['made']).toMatchObject({ roleName: 'Tagger', roleType: 'CustomRole', assignableScopes: [scope] });
  expect([facts['changed'], facts['inherited']]).toEqual([['tags things', true], ['11111111-2222-4333-8444-555555555555']]);
  expect(facts['assigned']).toMatchObject({ scope, principalId: grantee.objectId, principalType: 'ServicePrincipal', roleDefinitionId: stringAt(facts['made'], 'id') });
  const first = '21111111-2222-4333-8444-555555555555';
  expect([facts['lists'], facts['scopes'], facts['inheritedOwner'], facts['mine']]).toEqual([[[first], [first]], [true, true, false], true, true]);
  const expected: Readonly<Record<string, readonly [number, string]>> = {
    sameName: [409, 'RoleDefinitionWithSameNameExists'],
    badAction: [400, 'InvalidActionOrNotAction'],
    badScope: [400, 'LinkedInvalidPropertyId'],
    tooWide: [400, 'RoleAssignmentScopeNotAssignableToRoleDefinition'],
    twice: [409, 'RoleAssignmentExists'],
    wrongType: [400, 'UnmatchedPrincipalType'],
    conditional: [400, 'RoleAssignmentConditionNotSupported'],
    inUse: [400, 'RoleDefinitionHasAssignments'],
    badTag: [400, 'InvalidTagNameCharacters'],
    wideBad: [400, 'InvalidTagNameCharacters'],
    noTags: [400, 'TagsNotSupported'],
  };
  for (const [name, [status, code]] of Object.entries(expected)) expect([name, objectAt(facts['refused'], name)]).toMatchObject([name, { status, code }]);
  expect(facts['tags']).toEqual([{ a: '1', b: '2' }, { a: '1', b: '3', c: '4' }, { a: '1', b: '3' }, {}]);
  expect(facts['groupTags']).toEqual({ a: '1', b: '3' });
  expect([facts['wideTags'], facts['tagNames']]).toEqual([[{ owner: 'me', b: '3' }, {}], [['unusual', 1, ['x']]]]);
});

test('policies deny what lacks a tag or lies elsewhere, whoever writes it, until they are no longer assigned', async () => {
  const POLICY = 'api-version=2023-04-01';
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const group = `${subscription}/resourceGroups/Governed`;
  const identity = (name: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}?api-version=2024-11-30`;
  const assignment = (name: string): string => `${group}/providers/Microsoft.Authorization/policyAssignments/${name}?${POLICY}`;
  const builtIn = (name: string): string => `/providers/Microsoft.Authorization/policyDefinitions/${name}`;
  await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  expect((await send('PUT', identity('before'), { location: 'local' })).status).toBe(201);

  const REQUIRE = builtIn('871b6d14-10aa-478d-b590-94f262ecfa99');
  expect((await send('GET', `${REQUIRE}?${POLICY}`)).body).toMatchObject({ id: REQUIRE, properties: { displayName: 'Require a tag on resources', policyType: 'BuiltIn', mode: 'Indexed' } });
  expect((await send('PUT', assignment('tagged'), { properties: { policyDefinitionId: REQUIRE } })).code).toBe('MissingPolicyParameter');
  const tagged = await send('PUT', assignment('tagged'), { properties: { policyDefinitionId: REQUIRE, displayName: 'Costs', parameters: { tagName: { value: 'costCenter' } } } });
  expect([tagged.status, objectAt(tagged.body, 'properties')]).toMatchObject([201, { scope: group, enforcementMode: 'Default' }]);

  const denied = await send('PUT', identity('untagged'), { location: 'local', tags: { other: 'x' } });
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
  expect((await send('GET', identity('untagged'))).status).toBe(404);
  expect((await send('PUT', identity('tagged'), { location: 'local', tags: { COSTCENTER: '1' } })).status).toBe(201);
  // What is there is judged when it changes; by PATCH and by the tags resource too.
  expect((await send('PATCH', identity('before'), { tags: { other: 'x' } })).code).toBe('RequestDisallowedByPolicy');
  expect((await send('DELETE', identity('tagged/providers/Microsoft.Resources/tags/default'))).code).toBe('RequestDisallowedByPolicy');
  // Neighbours that the server makes are no exception: the workspace fails and says why.
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/governed?api-version=2024-10-01`;
  expect(await ended(await raw('PUT', workspace, { location: 'local', tags: { costCenter: '1' }, properties: {} }))).toMatchObject({ status: 'Failed', error: { code: 'RequestDisallowedByPolicy' } });

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
  expect((await send('PUT', `${definition}?${POLICY}`, { properties: { mode: 'All', parameters, policyRule: { ...rule, then: { effect: 'modify' } } } })).code).toBe('InvalidPolicyRule');
  expect((await send('PUT', `${definition}?${POLICY}`, { properties: { mode: 'All', parameters, policyRule: rule } })).status).toBe(201);
  await send('PUT', assignment('no-admin'), { properties: { policyDefinitionId: definition, nonComplianceMessages: [{ message: 'Use tokens.' }] } });
  const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/governedimages?api-version=2025-11-01`;
  const open = { location: 'local', tags: { costCenter: '1' }, sku: { name: 'Basic' }, properties: { adminUserEnabled: true } };
  const byRule = await send('PUT', registry, open);
  expect(objectAt(byRule.body, 'error')['message']).toBe("Resource 'governedimages' was disallowed by policy. Reasons: 'Use tokens.'. See error details for policy resource IDs.");
  await send('PUT', assignment('no-admin'), { properties: { policyDefinitionId: definition, parameters: { effect: { value: 'audit' } } } });
  expect((await send('PUT', registry, open)).status).toBeLessThan(300);
  expect((await send('DELETE', `${definition}?${POLICY}`)).code).toBe('PolicyDefinitionInUse');
  expect((await send('DELETE', assignment('no-admin'))).status).toBe(200);
  expect((await send('DELETE', `${definition}?${POLICY}`)).status).toBe(200);

  const places = { listOfAllowedLocations: { value: ['elsewhere'] } };
  await send('PUT', assignment('places'), { properties: { policyDefinitionId: builtIn('e56962a6-4747-49cd-b67b-bf8b01975c4c'), parameters: places, notScopes: [identity('tagged').split('?')[0]] } });
  expect((await send('PUT', identity('here'), { location: 'local', tags: { costCenter: '1' } })).code).toBe('RequestDisallowedByPolicy');
  expect((await send('PATCH', identity('tagged'), { tags: { costCenter: '2' } })).status).toBe(200);
  const listed = await send('GET', `${group}/providers/Microsoft.Authorization/policyAssignments?${POLICY}&$filter=atScope()`);
  expect(Object(listed.body['value']).map(({ name }: { readonly name: string }) => name)).toEqual(['tagged', 'places']);
  for (const name of ['tagged', 'places']) await send('DELETE', assignment(name));
  expect((await send('PUT', identity('untagged'), { location: 'local' })).status).toBe(201);
});

test('resources move to another group with what belongs to them; what refers to them follows; what cannot move is refused', async () => {
  const subscription = `/subscriptions/${server.connection.subscriptionId}`;
  const [from, to] = [`${subscription}/resourceGroups/Leaving`, `${subscription}/resourceGroups/Arriving`];
  for (const group of [from, to]) await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  const identity = (group: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mover`;
  const account = (group: string): string => `${group}/providers/Microsoft.Storage/storageAccounts/movingaccount`;
  const workspace = `${from}/providers/Microsoft.MachineLearningServices/workspaces/staying`;
  const network = (group: string): string => `${group}/providers/Microsoft.Network/virtualNetworks/moving`;
  const NET = 'api-version=2024-05-01';
  const made = await send('PUT', `${identity(from)}?api-version=2024-11-30`, { location: 'local' });
  const carried = { type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity(from)]: {} } };
  const storage = 'api-version=2023-01-01';
  await settled(`${account(from)}?${storage}`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, identity: carried });
  await send('PUT', `${account(from)}/blobServices/default/containers/things?${storage}`, {});
  await settled(`${workspace}?api-version=2024-10-01`, { location: 'local', identity: { type: 'SystemAssigned' }, properties: { storageAccount: account(from) } });
  await settled(`${network(from)}?${NET}`, {
    location: 'local',
    properties: { addressSpace: { addressPrefixes: ['10.9.0.0/16'] }, subnets: [{ name: 'a', properties: { addressPrefix: '10.9.0.0/24' } }] },
  });
  const toWorkspace = { privateLinkServiceConnections: [{ name: 'link', properties: { privateLinkServiceId: workspace, groupIds: ['amlworkspace'] } }] };
  await settled(`${from}/providers/Microsoft.Network/privateEndpoints/staying?${NET}`, { location: 'local', properties: { subnet: { id: `${network(from)}/subnets/a` }, ...toWorkspace } });
  const keys = await send('POST', `${account(from)}/listKeys?${storage}`);
  const reader = await server.createPrincipal();
  const READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
  const assignment = '/providers/Microsoft.Authorization/roleAssignments/31111111-2222-4333-8444-555555555555';
  await send('PUT', `${account(from)}${assignment}?api-version=2022-04-01`, { properties: { roleDefinitionId: READER, principalId: reader.objectId } });

  const ask = (ids: readonly string[], target: string, action = 'moveResources') => send('POST', `${from}/${action}?api-version=2021-04-01`, { resources: ids, targetResourceGroup: target });
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
  await send('PUT', lock, { properties: { level: 'CanNotDelete' } });
  expect((await ask([account(from)], to)).code).toBe('ScopeLocked');
  await send('DELETE', lock);
  const contributor = await server.createPrincipal({ roles: ['contributor'], scope: from });
  expect((await send('POST', `${from}/moveResources?api-version=2021-04-01`, { resources: [account(from)], targetResourceGroup: to }, contributor)).status).toBe(403);

  const ids = [account(from), identity(from), network(from)];
  expect(await ended(await raw('POST', `${from}/validateMoveResources?api-version=2021-04-01`, { resources: ids, targetResourceGroup: to }))).toMatchObject({ status: 'Succeeded' });
  expect((await send('GET', `${account(from)}?${storage}`)).status).toBe(200);
  expect(await ended(await raw('POST', `${from}/moveResources?api-version=2021-04-01`, { resources: ids, targetResourceGroup: to }))).toMatchObject({ status: 'Succeeded' });

  expect((await send('GET', `${account(from)}?${storage}`)).status).toBe(404);
  const moved = await send('GET', `${account(to)}?${storage}`);
  expect(moved.body).toMatchObject({ id: account(to), identity: { type: 'SystemAssigned,UserAssigned', userAssignedIdentities: { [identity(to)]: expect.anything() } } });
  expect((await send('POST', `${account(to)}/listKeys?${storage}`)).body).toEqual(keys.body);
  expect(objectAt((await send('GET', `${workspace}?api-version=2024-10-01`)).body, 'properties')['storageAccount']).toBe(account(to));
  expect((await send('GET', `${identity(to)}?api-version=2024-11-30`)).body['properties']).toEqual(made.body['properties']);
  const endpoint = await send('GET', `${from}/providers/Microsoft.Network/privateEndpoints/staying?${NET}`);
  expect(objectAt(objectAt(endpoint.body, 'properties'), 'subnet')['id']).toBe(`${network(to)}/subnets/a`);
  expect((await send('DELETE', `${network(to)}/subnets/a?${NET}`)).code).toBe('InUseSubnetCannotBeDeleted');
  const roles = await send('GET', `${account(to)}${assignment}?api-version=2022-04-01`);
  expect(objectAt(roles.body, 'properties')).toMatchObject({ scope: account(to), principalId: reader.objectId });
  const read = await server.send('movingaccount.blob', {
    method: 'GET',
    path: '/things?restype=container&comp=list',
    headers: { ...(await server.bearer(reader, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' },
  });
  expect(read.status).toBe(200);
  await settled(`${workspace}/datastores/more?api-version=2024-10-01&skipValidation=true`, {
    properties: { datastoreType: 'AzureBlob', accountName: 'movingaccount', containerName: 'things', credentials: { credentialsType: 'None' } },
  });

  // A group whose subnet is held from another group stays; that one first, then it goes.
  const held = await send('DELETE', `${to}?api-version=2022-09-01`);
  expect([held.status, objectAt(held.body, 'error')]).toMatchObject([409, { code: 'ResourceGroupDeletionBlocked', details: [{ code: 'InUseSubnetCannotBeDeleted' }] }]);
  expect((await send('GET', `${to}?api-version=2022-09-01`)).body['properties']).toEqual({ provisioningState: 'Succeeded' });
  for (const group of [from, to]) expect(await ended(await raw('DELETE', `${group}?api-version=2022-09-01`))).toMatchObject({ status: 'Succeeded' });
});

test('the last assignment by which somebody manages access cannot be deleted', async () => {
  const AUTH = 'api-version=2022-04-01';
  const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
  const listed = await send('GET', `/providers/Microsoft.Authorization/roleAssignments?${AUTH}&$filter=atScope()`);
  const owners: readonly JsonObject[] = Object(listed.body['value']).filter((one: JsonObject) => stringAt(objectAt(one, 'properties'), 'roleDefinitionId')?.endsWith(OWNER));
  const own = server.composition.machine.installation.cliPrincipalId;
  const others = owners.filter((one) => objectAt(one, 'properties')['principalId'] !== own);
  for (const other of others) expect((await send('DELETE', `${stringAt(other, 'id')}?${AUTH}`)).status).toBe(200);
  const last = owners.find((one) => objectAt(one, 'properties')['principalId'] === own);
  const refused = await send('DELETE', `${stringAt(last, 'id')}?${AUTH}`);
  expect([refused.status, refused.code]).toEqual([412, 'CannotDeleteLastRbacAdminAssignment']);
  for (const other of others) {
    const { roleDefinitionId, principalId } = objectAt(other, 'properties');
    expect((await send('PUT', `${stringAt(other, 'id')}?${AUTH}`, { properties: { roleDefinitionId, principalId } })).status).toBe(201);
  }
});

test('a role on one container opens that one and nothing else; a lock on it keeps it and its account', async () => {
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/Contained`;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/containedaccount`;
  const container = (name: string): string => `${account}/blobServices/default/containers/${name}`;
  const storage = 'api-version=2023-01-01';
  const AUTH = 'api-version=2022-04-01';
  await send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  await settled(`${account}?${storage}`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } });
  for (const name of ['one', 'two']) await send('PUT', `${container(name)}?${storage}`, {});
  const reader = await server.createPrincipal();
  const assignment = (name: string): string => `${container(name)}/providers/Microsoft.Authorization/roleAssignments/41111111-2222-4333-8444-555555555555?${AUTH}`;
  const READER = { properties: { roleDefinitionId: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', principalId: reader.objectId } };
  expect((await send('PUT', assignment('missing'), READER)).code).toBe('ParentResourceNotFound');
  const assigned = await send('PUT', assignment('one'), READER);
  expect([assigned.status, objectAt(assigned.body, 'properties')['scope']]).toEqual([201, container('one')]);
  const blob = async (method: string, path: string, body?: string): Promise<number> => {
    const headers = { ...(await server.bearer(reader, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03', 'x-ms-blob-type': 'BlockBlob' };
    return (await server.send('containedaccount.blob', { method, path, headers, ...(body === undefined ? {} : { body }) })).status;
  };
  const list = (name: string) => blob('GET', `/${name}?restype=container&comp=list`);
  expect([await list('one'), await list('two'), await blob('GET', '/?comp=list'), await blob('PUT', '/one/x', 'x')]).toEqual([200, 403, 403, 403]);
  expect((await send('GET', `${container('one')}?${storage}`, undefined, reader)).status).toBe(200);
  expect((await send('GET', `${container('two')}?${storage}`, undefined, reader)).status).toBe(403);
  const below = await send('GET', `${account}/providers/Microsoft.Authorization/roleAssignments?${AUTH}&$filter=principalId%20eq%20'${reader.objectId}'`);
  expect(below.body['value']).toMatchObject([{ id: assignment('one').split('?')[0] }]);

  const lock = `${container('one')}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`;
  expect((await send('PUT', lock, { properties: { level: 'CanNotDelete' } })).status).toBe(201);
  for (const path of [container('one'), account]) expect((await send('DELETE', `${path}?${storage}`)).code).toBe('ScopeLocked');
  expect((await send('DELETE', `${container('two')}?${storage}`)).status).toBe(200);
  expect((await send('DELETE', lock)).status).toBe(200);
  expect((await send('DELETE', `${container('one')}?${storage}`)).status).toBe(200);
  // A container of the same name that is made later is another one.
  await send('PUT', `${container('one')}?${storage}`, {});
  expect([await list('one'), (await send('GET', assignment('one'))).status]).toEqual([403, 404]);

  const began = new Date(Date.now() - 60_000).toISOString();
  const log = await send(
    'GET',
    `/subscriptions/${server.connection.subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=${encodeURIComponent(`eventTimestamp ge '${began}' and resourceGroupName eq 'Contained'`)}`,
  );
  const operations: readonly string[] = Object(log.body['value']).map((event: JsonObject) => stringAt(event['operationName'], 'value'));
  expect(operations).toEqual(expect.arrayContaining(['Microsoft.Storage/storageAccounts/blobServices/containers/write', 'Microsoft.Storage/storageAccounts/blobServices/containers/delete']));
});
