// What stands beside a workspace, each through its own unmodified client: identities, logs, registries, locks, activity.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
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
    noTags: [400, 'TagsNotSupported'],
  };
  for (const [name, [status, code]] of Object.entries(expected)) expect([name, objectAt(facts['refused'], name)]).toMatchObject([name, { status, code }]);
  expect(facts['tags']).toEqual([{ a: '1', b: '2' }, { a: '1', b: '3', c: '4' }, { a: '1', b: '3' }, {}]);
  expect(facts['groupTags']).toEqual({ a: '1', b: '3' });
});
