// What stands beside a workspace, each through its own unmodified client: identities, logs, registries, locks, activity.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import type { TestServer } from '../../../../testkit/src/test-server.ts';
import { identityScript } from './identity-script.ts';
import { type NeighbourServer, startNeighbourServer } from './neighbour-server.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ML = 'api-version=2024-10-01';

let it: NeighbourServer;
let server: TestServer;
beforeAll(async () => {
  it = await startNeighbourServer();
  ({ server } = it);
});
afterAll(() => it?.stop());

test('user-assigned identities are principals: their tokens count until they are removed', async () => {
  const facts = await it.client('identities');
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

test('the identity of the compute is that of the job; one that the compute does not carry is refused', async () => {
  const group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/acting`;
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/acting`;
  const identity = (name: string): string => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  await it.send('PUT', `${group}?api-version=2022-09-01`, { location: 'local' });
  const [own, foreign] = [
    await it.send('PUT', `${identity('worker')}?api-version=2024-11-30`, { location: 'local' }),
    await it.send('PUT', `${identity('other')}?api-version=2024-11-30`, { location: 'local' }),
  ].map(({ body }) => objectAt(body, 'properties'));
  await it.settled(`${workspace}?${ML}`, { location: 'local' });
  await it.send('PUT', `${workspace}/environments/env/versions/1?${ML}`, { properties: { image: 'lazurite/local-python' } });
  const compute = { computeType: 'AmlCompute', properties: { vmSize: 'X', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } } };
  await it.settled(`${workspace}/computes/cpu?${ML}`, { location: 'local', identity: { type: 'UserAssigned', userAssignedIdentities: { [identity('worker')]: {} } }, properties: compute });

  const [ownId = '', ownClient = '', foreignClient = ''] = [stringAt(own, 'principalId'), stringAt(own, 'clientId'), stringAt(foreign, 'clientId')];
  const encoded = Buffer.from(identityScript(ownId, ownClient, foreignClient)).toString('base64');
  const job = (clientId: string) => ({
    properties: {
      jobType: 'Command',
      computeId: `${workspace}/computes/cpu`,
      environmentId: `${workspace}/environments/env/versions/1`,
      identity: { identityType: 'Managed', clientId },
      command: `python -c "import base64; exec(base64.b64decode('${encoded}'))"`,
    },
  });
  const endOf = async (name: string): Promise<JsonObject> => {
    for (;;) {
      const properties = objectAt((await it.send('GET', `${workspace}/jobs/${name}?${ML}`)).body, 'properties');
      if (['Completed', 'Failed', 'Canceled'].includes(stringAt(properties, 'status') ?? '')) return properties;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await it.send('PUT', `${workspace}/jobs/mine?${ML}`, job(ownClient));
  await it.send('PUT', `${workspace}/jobs/theirs?${ML}`, job(foreignClient));
  expect(stringAt(await endOf('mine'), 'status')).toBe('Completed');
  const refused = await endOf('theirs');
  expect([stringAt(refused, 'status'), JSON.stringify(refused)]).toEqual(['Failed', expect.stringContaining('IdentityNotFound')]);
});

test('Log Analytics workspaces have keys and come back; components point at them', async () => {
  const facts = await it.client('logs');
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
  expect(facts['keys']).toEqual([true, 88, true, true]);
  expect(facts['wrong']).toMatchObject({ status: 400, message: expect.stringContaining('sku.name') });
  expect(facts['linked']).toMatchObject({ WorkspaceResourceId: made['id'], IngestionMode: 'LogAnalytics', SamplingPercentage: 100, RetentionInDays: 90 });
  expect(facts['read']).toMatchObject({ name: 'app', instrumentationKey: expect.stringMatching(GUID), connectionString: expect.stringContaining('IngestionEndpoint=https://') });
  expect(facts['stable']).toEqual([true, true, true]);
  expect(facts['unknown']).toMatchObject({ status: 400, message: expect.stringContaining('team-logs-missing') });
  expect([facts['billing'], facts['capped']]).toMatchObject([{ currentBillingFeatures: ['Basic'], dataVolumeCap: { cap: 100 } }, { dataVolumeCap: { cap: 5 } }]);
  expect(facts['rules']).toMatchObject([{ status: 404 }, { status: 501, message: expect.stringContaining('cannot be turned on') }, 'Disabled']);
  expect(facts['gone']).toMatchObject({ status: 404 });
});

test('container registries have an admin user and say what they lack', async () => {
  const facts = await it.client('registries');
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
  const facts = await it.client('locks');
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
  const facts = await it.client('storage');
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
  const facts = await it.client('roles', { GRANTEE: grantee.objectId });
  const scope = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/Roles`;
  expect([facts['byName'], facts['builtIn'], facts['gone']]).toEqual([['Storage Blob Data Contributor', 'AcrPull'], true, []]);
  expect(facts['empty']).toEqual([]);
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
