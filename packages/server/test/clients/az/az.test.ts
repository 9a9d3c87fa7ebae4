// The unmodified Azure CLI against a whole server: a cloud is registered, everybody signs in, and the commands of the groups
// that a workspace needs do what they say.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { preparePassword } from '#identity/people.ts';
import { insertPrincipal } from '#storage/identity-store.ts';
import { insertAssignment } from '#storage/role-store.ts';
import { roleIds } from '#identity/role-definitions.ts';
import type { RawAnswer } from '../../../../testkit/src/raw-request.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';
import { type AzSession, openAz } from './az-session.ts';

const GRACE = { id: '00000000-0000-4000-8000-0000000000aa', name: 'grace@lazurite.localhost', password: 'correct horse battery' };

let server: TestServer;
let session: AzSession;
let az: AzSession['az'];
let group: string;

beforeAll(async () => {
  server = await startTestServer();
  session = openAz(server);
  az = session.az;
  group = `/subscriptions/${server.connection.subscriptionId}/resourceGroups/az`;
  await az('cloud', 'register', '-n', 'Lazurite', '--endpoint-resource-manager', server.connection.origins.management);
  await az('cloud', 'set', '-n', 'Lazurite');
  const { clientId, clientSecret, tenantId } = server.credential();
  await az('login', '--service-principal', '-u', clientId, '-p', clientSecret, '--tenant', tenantId);
});
afterAll(async () => {
  session?.end();
  expect(server.errors()).toEqual([]);
  await server.stop();
});

const text = async (...command: readonly string[]): Promise<string> => String(await az(...command));

test('account and group', async () => {
  expect(await az('account', 'show')).toMatchObject({ id: server.connection.subscriptionId, tenantId: server.connection.tenantId, state: 'Enabled', user: { type: 'servicePrincipal' } });
  expect(await az('account', 'get-access-token')).toMatchObject({ accessToken: expect.any(String), tokenType: 'Bearer' });
  expect(await az('group', 'create', '-n', 'az', '-l', 'local', '--tags', 'a=b')).toMatchObject({ tags: { a: 'b' }, properties: { provisioningState: 'Succeeded' } });
  expect(await az('group', 'update', '-n', 'az', '--set', 'tags.c=d')).toMatchObject({ tags: { a: 'b', c: 'd' } });
  expect(await session.refusal('group', 'show', '-n', 'nothing')).toContain('ResourceGroupNotFound');
});

test('storage: an account, its keys, and blobs with a key and with the login', async () => {
  expect(await az('storage', 'account', 'create', '-n', 'azaccount', '-g', 'az', '-l', 'local', '--sku', 'Standard_LRS')).toMatchObject({ provisioningState: 'Succeeded' });
  const before = await text('storage', 'account', 'keys', 'list', '-n', 'azaccount', '-g', 'az', '--query', '[0].value');
  const key = await text('storage', 'account', 'keys', 'renew', '-n', 'azaccount', '-g', 'az', '--key', 'primary', '--query', '[0].value');
  expect(key).not.toBe(before);
  const byKey = ['--account-name', 'azaccount', '--account-key', key];
  const byLogin = ['--account-name', 'azaccount', '--auth-mode', 'login'];
  expect(await az('storage', 'container', 'create', '-n', 'files', ...byKey)).toEqual({ created: true });
  const file = join(session.folder, 'hello.txt');
  writeFileSync(file, 'hello');
  await az('storage', 'blob', 'upload', '-c', 'files', '-n', 'a/hello.txt', '-f', file, ...byKey, '--no-progress');
  expect(await az('storage', 'blob', 'list', '-c', 'files', ...byLogin)).toMatchObject([{ name: 'a/hello.txt', properties: { contentLength: 5 } }]);
  await az('storage', 'blob', 'download', '-c', 'files', '-n', 'a/hello.txt', '-f', `${file}.back`, ...byLogin, '--no-progress');
  expect(readFileSync(`${file}.back`, 'utf8')).toBe('hello');
});

test('storage: shares, directories and files with a key, and with the login', async () => {
  // Observed: its client of shares takes a key by itself only where the host is of Azure's own domain.
  const byKey = ['--connection-string', await text('storage', 'account', 'show-connection-string', '-n', 'azaccount', '-g', 'az', '--query', 'connectionString')];
  const byLogin = ['--account-name', 'azaccount', '--auth-mode', 'login', '--enable-file-backup-request-intent'];
  expect(await az('storage', 'share-rm', 'create', '-n', 'shared', '--storage-account', 'azaccount', '-g', 'az', '--quota', '5')).toMatchObject({ name: 'shared', shareQuota: 5 });
  expect(await az('storage', 'share', 'list', ...byKey, '--query', '[].name')).toEqual(['shared']);
  expect(await az('storage', 'directory', 'create', '-s', 'shared', '-n', 'd', ...byLogin)).toEqual({ created: true });
  const file = join(session.folder, 'shared.txt');
  writeFileSync(file, 'shared');
  await az('storage', 'file', 'upload', '-s', 'shared', '--source', file, '-p', 'd/shared.txt', ...byLogin, '--no-progress');
  expect(await az('storage', 'file', 'list', '-s', 'shared', '-p', 'd', ...byKey)).toMatchObject([{ name: 'shared.txt', type: 'file', properties: { contentLength: 6 } }]);
  await az('storage', 'file', 'download', '-s', 'shared', '-p', 'd/shared.txt', '--dest', `${file}.back`, ...byKey, '--no-progress');
  expect(readFileSync(`${file}.back`, 'utf8')).toBe('shared');
  expect(await az('storage', 'file', 'delete-batch', '-s', 'shared', ...byKey)).toBeUndefined();
  expect(await session.refusal('storage', 'directory', 'show', '-s', 'shared', '-n', 'none', ...byKey)).toContain('ResourceNotFound');
});

test('key vault: secrets and keys', async () => {
  expect(await az('keyvault', 'create', '-n', 'az-vault', '-g', 'az', '-l', 'local', '--enable-rbac-authorization', 'true')).toMatchObject({ properties: { provisioningState: 'Succeeded' } });
  await az('keyvault', 'secret', 'set', '--vault-name', 'az-vault', '-n', 'password', '--value', 's3cret');
  expect(await az('keyvault', 'secret', 'show', '--vault-name', 'az-vault', '-n', 'password')).toMatchObject({ value: 's3cret' });
  expect(await az('keyvault', 'key', 'create', '--vault-name', 'az-vault', '-n', 'rsa', '--kty', 'RSA')).toMatchObject({ key: { kty: 'RSA' } });
  await az('keyvault', 'delete', '-n', 'az-vault');
  expect(await az('keyvault', 'list-deleted')).toMatchObject([{ name: 'az-vault' }]);
  await az('keyvault', 'purge', '-n', 'az-vault');
});

test('identity and roles', async () => {
  const identity = await text('identity', 'create', '-n', 'az-id', '-g', 'az', '-l', 'local', '--query', 'principalId');
  await az('role', 'assignment', 'create', '--assignee-object-id', identity, '--assignee-principal-type', 'ServicePrincipal', '--role', 'Reader', '--scope', group);
  expect(await az('role', 'assignment', 'list', '--scope', group)).toMatchObject([{ principalId: identity, roleDefinitionName: 'Reader' }]);
  await az('role', 'assignment', 'delete', '--assignee', identity, '--role', 'Reader', '--scope', group);
  expect(await az('role', 'assignment', 'list', '--scope', group)).toEqual([]);
  const definition = { Name: 'Az Custom', Description: 'd', Actions: ['Microsoft.Storage/storageAccounts/read'], AssignableScopes: [`/subscriptions/${server.connection.subscriptionId}`] };
  expect(await az('role', 'definition', 'create', '--role-definition', JSON.stringify(definition))).toMatchObject({ properties: { roleName: 'Az Custom', roleType: 'CustomRole' } });
  await az('role', 'definition', 'delete', '-n', 'Az Custom');
  expect(await az('role', 'definition', 'list', '-n', 'Az Custom')).toEqual([]);
});

test('ad: a service principal for a role, a user in a group', async () => {
  const made = await az('ad', 'sp', 'create-for-rbac', '-n', 'az-robot', '--role', 'Contributor', '--scopes', group);
  expect(made).toMatchObject({ displayName: 'az-robot', password: expect.any(String), tenant: server.connection.tenantId });
  const appId = await text('ad', 'app', 'list', '--display-name', 'az-robot', '--query', '[0].appId');
  const federation = { name: 'main', issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:a/b:environment:x', audiences: ['api://AzureADTokenExchange'] };
  expect(await az('ad', 'app', 'federated-credential', 'create', '--id', appId, '--parameters', JSON.stringify(federation))).toMatchObject(federation);
  expect(await az('ad', 'sp', 'show', '--id', appId)).toMatchObject({ appId, servicePrincipalType: 'Application' });
  const user = await text('ad', 'user', 'create', '--display-name', 'Az User', '--user-principal-name', 'az.user@lazurite.localhost', '--password', 'a long enough one', '--query', 'id');
  await az('ad', 'group', 'create', '--display-name', 'az-group', '--mail-nickname', 'az-group');
  await az('ad', 'group', 'member', 'add', '--group', 'az-group', '--member-id', user);
  expect(await az('ad', 'group', 'member', 'check', '--group', 'az-group', '--member-id', user)).toEqual({ value: true });
  expect(await az('ad', 'user', 'get-member-groups', '--id', 'az.user@lazurite.localhost')).toMatchObject([{ displayName: 'az-group' }]);
  await az('ad', 'app', 'delete', '--id', appId);
});

test('what az ml workspace is made of: create, show, update, list, list-keys, sync-keys, diagnose, delete', { timeout: 120_000 }, async () => {
  const said = await session.python('workspace_commands.py', 'az');
  const shown = { name: 'from-az', location: 'local', resource_group: 'az' };
  expect(said).toMatchObject({
    create: { ...shown, tags: { a: 'b' }, storage_account: expect.stringContaining('/storageAccounts/') },
    show: shown,
    update: { ...shown, description: 'Changed', display_name: 'Ours' },
    list: ['from-az'],
    'network and compute': { 'provision-network': 'Active', set: ['*.example.com', '*.example.com'], rules: [], compute: [2, 2, 3] },
    'list-keys': { storage: expect.stringContaining('/storageAccounts/'), hasKey: true },
    delete: 404,
  });
  expect(said).toHaveProperty('diagnose', expect.anything());
});

test('deployments and resources', async () => {
  const template = join(session.folder, 'template.json');
  writeFileSync(
    template,
    `{ // comments, as templates have them
      "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
      "parameters": { "name": { "type": "string" } },
      "resources": [{ "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('name')]",
        "location": "[resourceGroup().location]", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2" }],
      "outputs": { "id": { "type": "string", "value": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]" } } }`,
  );
  const deployment = ['-g', 'az', '--template-file', template, '--parameters', 'name=azdeployed'];
  expect(await az('deployment', 'group', 'what-if', ...deployment, '--no-pretty-print')).toMatchObject({
    status: 'Succeeded',
    changes: expect.arrayContaining([expect.objectContaining({ changeType: 'Create' })]),
  });
  const id = `${group}/providers/Microsoft.Storage/storageAccounts/azdeployed`;
  expect(await az('deployment', 'group', 'create', ...deployment)).toMatchObject({ properties: { provisioningState: 'Succeeded', outputs: { id: { value: id } } } });
  expect(await az('resource', 'list', '-g', 'az', '--resource-type', 'Microsoft.Storage/storageAccounts', '--query', '[].name')).toEqual(['azaccount', 'azdeployed']);
  expect(await az('resource', 'tag', '--ids', id, '--tags', 'z=1')).toMatchObject({ tags: { z: '1' } });
  await az('group', 'create', '-n', 'az-other', '-l', 'local');
  await az('resource', 'move', '--destination-group', 'az-other', '--ids', id);
  const moved = id.replace('resourceGroups/az/', 'resourceGroups/az-other/');
  expect(await az('resource', 'show', '--ids', moved)).toMatchObject({ id: moved, tags: { z: '1' } });
  await az('resource', 'delete', '--ids', moved);
  const workspace = ['-g', 'az', '-n', 'az-lab', '--resource-type', 'Microsoft.MachineLearningServices/workspaces'];
  expect(
    await az('resource', 'create', ...workspace, '--is-full-object', '--properties', JSON.stringify({ location: 'local', identity: { type: 'SystemAssigned' }, properties: { friendlyName: 'Lab' } })),
  ).toMatchObject({
    properties: { friendlyName: 'Lab', provisioningState: 'Succeeded' },
  });
  const keys = `${group}/providers/Microsoft.MachineLearningServices/workspaces/az-lab/listKeys?api-version=2024-10-01`;
  expect(await az('rest', '--method', 'post', '--url', keys)).toMatchObject({ userStorageKey: expect.any(String) });
});

test('the identity of this machine, as `lazurite exec` gives it to clients', async () => {
  const login = await az('login', '--identity');
  expect(login).toMatchObject([{ id: server.connection.subscriptionId, tenantId: server.connection.tenantId, user: { assignedIdentityInfo: 'MSI', type: 'servicePrincipal' } }]);
  expect(await az('group', 'list', '--query', "[?name=='az'].name")).toEqual(['az']);
  const { clientId, clientSecret, tenantId } = server.credential();
  await az('login', '--service-principal', '-u', clientId, '-p', clientSecret, '--tenant', tenantId);
});

describe('a person', () => {
  /** A browser on the sign-in pages. */
  async function page(cookie: string, method: 'GET' | 'POST', path: string, form?: Readonly<Record<string, string>>): Promise<RawAnswer> {
    const headers = { cookie, ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) };
    return server.send('login', { method, path, headers, ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }) });
  }
  const cookieOf = (answer: RawAnswer): string => String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  const csrfOf = (answer: RawAnswer): string => /name="csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? '';

  test('signs in with a device code, by password', async () => {
    const { database, machine } = server.composition;
    const set = await preparePassword(GRACE.password, false, { now: () => Date.now() });
    await database.transaction(async (tx) => {
      await insertPrincipal(tx, { id: GRACE.id, kind: 'User', displayName: 'Grace', userPrincipalName: GRACE.name });
      await set(tx, GRACE.id);
      await insertAssignment(tx, {
        scope: `/subscriptions/${server.connection.subscriptionId}`,
        roleId: roleIds.reader,
        principalId: GRACE.id,
        principalType: 'User',
        createdBy: machine.installation.ownerId,
        now: new Date(),
      });
    });
    const login = session.begin('login', '--use-device-code', '--tenant', server.connection.tenantId, '-o', 'json');
    const ended = once(login, 'exit');
    let said = '';
    const code = await new Promise<string>((resolve) => {
      login.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /enter the code ([A-Z0-9]{9}) /.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const form = await page('', 'GET', '/signin');
    const csrf = cookieOf(form);
    const signedIn = cookieOf(await page(csrf, 'POST', '/signin/password', { csrf: csrfOf(form), username: GRACE.name, password: GRACE.password, next: '/devicelogin' }));
    const cookies = `${csrf}; ${signedIn}`;
    const confirm = await page(cookies, 'POST', '/devicelogin', { csrf: csrfOf(await page(cookies, 'GET', '/devicelogin')), user_code: code });
    expect(confirm.text).toContain('Microsoft Azure CLI');
    expect((await page(cookies, 'POST', '/devicelogin/decision', { csrf: csrfOf(confirm), user_code: code, decision: 'allow' })).text).toContain('The program is signed in');
    expect([await ended, said.includes('ERROR')]).toEqual([[0, null], false]);
    expect(await az('account', 'show')).toMatchObject({ user: { name: GRACE.name, type: 'user' } });
    expect(await az('ad', 'signed-in-user', 'show')).toMatchObject({ id: GRACE.id, displayName: 'Grace' });
    expect(await session.refusal('group', 'delete', '-n', 'az', '--yes')).toContain('AuthorizationFailed');
  });
});
