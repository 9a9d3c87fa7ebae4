// Vaults as resources of a whole server: their properties, access policies, soft delete, purge protection, child resources.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { GROUP, itemsOf, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

let it: VaultServer;
let subscription = '';
beforeAll(async () => {
  it = await startVaultServer();
  subscription = `/subscriptions/${it.server.connection.subscriptionId}`;
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

const deletedAt = (name: string): string => `${subscription}/providers/Microsoft.KeyVault/locations/local/deletedVaults/${name}`;
const propertiesOf = (answer: { readonly json: JsonObject }): JsonObject => objectAt(answer.json, 'properties');
const policy = (objectId: string, permissions: JsonObject): JsonObject => ({ tenantId: it.server.connection.tenantId, objectId, permissions });

describe('a vault', () => {
  test('answers what Terraform reads back', async () => {
    const made = await it.arm('PUT', it.vaultId('Terra'), {
      location: 'local',
      tags: { a: 'b' },
      properties: {
        tenantId: it.server.connection.tenantId,
        sku: { family: 'A', name: 'premium' },
        accessPolicies: [],
        enabledForDeployment: false,
        enabledForDiskEncryption: true,
        enabledForTemplateDeployment: false,
        enableRbacAuthorization: false,
        enableSoftDelete: true,
        publicNetworkAccess: 'Enabled',
        enablePurgeProtection: true,
        softDeleteRetentionInDays: 7,
        createMode: 'default',
      },
    });
    expect(made.status).toBe(201);
    const { domain, port } = it.server.connection;
    expect(propertiesOf(made)).toMatchObject({
      vaultUri: `https://terra.vault.${domain}:${port}/`,
      provisioningState: 'Succeeded',
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 7,
      enabledForDiskEncryption: true,
      enableRbacAuthorization: false,
    });
    expect(propertiesOf(made)).not.toHaveProperty('createMode');
    const patched = await it.arm('PATCH', it.vaultId('terra'), { tags: { c: 'd' }, properties: { publicNetworkAccess: 'Disabled' } });
    expect([patched.status, patched.json['tags'], propertiesOf(patched)['publicNetworkAccess'], propertiesOf(patched)['enablePurgeProtection']]).toEqual([200, { c: 'd' }, 'Disabled', true]);
    const read = await it.arm('GET', it.vaultId('terra'));
    expect(read.json['name']).toBe('Terra');
  });

  test('is of roles by default from 2026-02-01 on', async () => {
    const { tenantId } = it.server.connection;
    const body = { location: 'local', properties: { tenantId, sku: { family: 'A', name: 'standard' } } };
    const made = await it.arm('PUT', `${it.vaultId('newer')}?api-version=2026-02-01`, body);
    expect([propertiesOf(made)['enableRbacAuthorization'], propertiesOf(made)['softDeleteRetentionInDays']]).toEqual([true, 90]);
    expect(propertiesOf(await it.arm('PUT', it.vaultId('older'), body))['enableRbacAuthorization']).toBe(false);
  });

  test.each([
    ['enablePurgeProtection', { enablePurgeProtection: false }],
    ['enableSoftDelete', { enableSoftDelete: false }],
    ['softDeleteRetentionInDays', { softDeleteRetentionInDays: 5 }],
    ['sku', { sku: { family: 'A', name: 'golden' } }],
    ['tenantId', { tenantId: 'mine' }],
    ['accessPolicies', { accessPolicies: [{ tenantId: '11111111-1111-1111-1111-111111111111', objectId: 'o', permissions: {} }] }],
    ['networkAcls', { networkAcls: { defaultAction: 'Maybe' } }],
  ])('with %s of %j is refused', async (property, properties) => {
    const answer = await it.createVault('refused', properties);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(property);
  });

  test('keeps purge protection and its days once set', async () => {
    const { tenantId } = it.server.connection;
    const again = await it.arm('PUT', it.vaultId('terra'), { location: 'local', properties: { tenantId, sku: { family: 'A', name: 'premium' } } });
    expect(propertiesOf(again)).toMatchObject({ enablePurgeProtection: true, softDeleteRetentionInDays: 7 });
    expect((await it.arm('PATCH', it.vaultId('terra'), { properties: { softDeleteRetentionInDays: 30 } })).status).toBe(400);
  });
});

describe('access policies', () => {
  test('decide what a principal may do, by the letter', async () => {
    const user = await it.server.createPrincipal();
    const call = (method: string, path: string, body?: object) => it.call('policies', method, path, body, user);
    await it.createVault('policies', { enableRbacAuthorization: false });
    expect(refusalOf(await it.call('policies', 'PUT', '/secrets/s', { value: 'v' }))).toBe('403 Forbidden/ForbiddenByPolicy');
    const change = (kind: string, permissions: JsonObject) =>
      it.arm('PUT', `${it.vaultId('policies')}/accessPolicies/${kind}`, { name: kind, properties: { accessPolicies: [policy(user.objectId, permissions)] } });
    expect((await change('add', { secrets: ['Set', 'Get'], keys: ['Create', 'Get'] })).status).toBe(200);
    expect((await call('PUT', '/secrets/s', { value: 'v' })).status).toBe(200);
    expect((await call('GET', '/secrets/s')).json['value']).toBe('v');
    expect(refusalOf(await call('GET', '/secrets'))).toBe('403 Forbidden/ForbiddenByPolicy');
    expect((await call('POST', '/keys/k/create', { kty: 'EC' })).status).toBe(200);
    expect((await call('GET', '/keys/k/rotationpolicy')).status).toBe(200);
    expect(refusalOf(await call('PUT', '/keys/k/rotationpolicy', {}))).toBe('403 Forbidden/ForbiddenByPolicy');
    await change('add', { secrets: ['List'] });
    expect(stored(await it.arm('GET', it.vaultId('policies')))).toEqual([policy(user.objectId, { secrets: ['Set', 'Get', 'List'], keys: ['Create', 'Get'], certificates: [], storage: [] })]);
    await change('remove', { secrets: ['get'] });
    expect(refusalOf(await call('GET', '/secrets/s'))).toBe('403 Forbidden/ForbiddenByPolicy');
    expect((await call('GET', '/secrets')).status).toBe(200);
    await change('replace', { secrets: ['all'] });
    expect((await call('GET', '/secrets/s')).status).toBe(200);
    expect(refusalOf(await call('GET', '/keys/k'))).toBe('403 Forbidden/ForbiddenByPolicy');
    await change('remove', { secrets: ['all'] });
    expect(stored(await it.arm('GET', it.vaultId('policies')))).toEqual([]);
    expect((await change('add', { secrets: ['fly'] })).status).toBe(400);
    expect((await change('juggle', {})).status).toBe(400);
  });

  function stored(answer: { readonly json: JsonObject }): readonly JsonObject[] {
    const list = propertiesOf(answer)['accessPolicies'];
    return Array.isArray(list) ? list.filter(isJsonObject) : [];
  }
});

describe('a deleted vault', () => {
  test('is listed, recovered with what it held, and purged', async () => {
    await it.createVault('phoenix');
    await it.call('phoenix', 'PUT', '/secrets/kept', { value: 'still here' });
    expect((await it.arm('DELETE', it.vaultId('phoenix'))).status).toBe(200);
    expect((await it.arm('GET', it.vaultId('phoenix'))).status).toBe(404);
    expect(refusalOf(await it.call('phoenix', 'GET', '/secrets/kept'))).toBe('404 VaultNotFound');
    const deleted = await it.arm('GET', deletedAt('Phoenix'));
    expect(deleted.json).toMatchObject({
      name: 'phoenix',
      properties: { vaultId: it.vaultId('phoenix'), location: 'local', deletionDate: expect.any(String), scheduledPurgeDate: expect.any(String) },
    });
    expect(itemsOf(await it.arm('GET', `${subscription}/providers/Microsoft.KeyVault/deletedVaults`)).map(({ name }) => name)).toContain('phoenix');
    const refused = await it.createVault('phoenix');
    expect(refusalOf(refused)).toBe('409 ConflictError');
    const recovered = await it.arm('PUT', it.vaultId('phoenix'), {
      location: 'local',
      properties: { tenantId: it.server.connection.tenantId, sku: { family: 'A', name: 'premium' }, createMode: 'recover' },
    });
    expect([recovered.status, propertiesOf(recovered)['enableRbacAuthorization']]).toEqual([201, true]);
    expect((await it.call('phoenix', 'GET', '/secrets/kept')).json['value']).toBe('still here');
    expect((await it.arm('GET', deletedAt('phoenix'))).status).toBe(404);
    await it.arm('DELETE', it.vaultId('phoenix'));
    const purge = await it.arm('POST', `${deletedAt('phoenix')}/purge`);
    expect(purge.status).toBe(202);
    const status = new URL(String(purge.headers['azure-asyncoperation']));
    expect((await it.arm('GET', `${status.pathname}${status.search}`)).json['status']).toBe('Succeeded');
    expect((await it.arm('POST', `${deletedAt('phoenix')}/purge`)).status).toBe(404);
    expect((await it.createVault('phoenix')).status).toBe(201);
    expect(refusalOf(await it.call('phoenix', 'GET', '/secrets/kept'))).toBe('404 SecretNotFound');
    expect(refusalOf(await it.createVault('never-there', { createMode: 'recover' }))).toBe('404 SoftDeletedVaultDoesNotExist');
  });

  test('with purge protection stays for its days, and so do its secrets', async () => {
    await it.createVault('armoured', { enablePurgeProtection: true, softDeleteRetentionInDays: 7 });
    const set = await it.call('armoured', 'PUT', '/secrets/s', { value: 'v' });
    expect(objectAt(set.json, 'attributes')).toMatchObject({ recoveryLevel: 'CustomizedRecoverable', recoverableDays: 7 });
    await it.call('armoured', 'DELETE', '/secrets/s');
    expect(refusalOf(await it.call('armoured', 'DELETE', '/deletedsecrets/s'))).toBe('403 Forbidden/ForbiddenByPolicy');
    await it.arm('DELETE', it.vaultId('armoured'));
    expect(refusalOf(await it.arm('POST', `${deletedAt('armoured')}/purge`))).toBe('405 MethodNotAllowed');
    const { deletionDate, scheduledPurgeDate, purgeProtectionEnabled } = propertiesOf(await it.arm('GET', deletedAt('armoured')));
    expect([Date.parse(String(scheduledPurgeDate)) - Date.parse(String(deletionDate)), purgeProtectionEnabled]).toEqual([7 * 86_400_000, true]);
  });

  test('holds its name', async () => {
    const check = async (name: string) => (await it.arm('POST', `${subscription}/providers/Microsoft.KeyVault/checkNameAvailability`, { name, type: 'Microsoft.KeyVault/vaults' })).json;
    expect(await check('brand-new')).toEqual({ nameAvailable: true });
    expect(await check('Armoured')).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' });
    expect(await check('1bad')).toMatchObject({ nameAvailable: false, reason: 'AccountNameInvalid' });
    await it.arm('PUT', `${subscription}/resourceGroups/others?api-version=2021-04-01`, { location: 'local' });
    const elsewhere = await it.arm('PUT', it.vaultId('terra').replace(`/${GROUP}/`, '/others/'), {
      location: 'local',
      properties: { tenantId: it.server.connection.tenantId, sku: { family: 'A', name: 'standard' } },
    });
    expect(refusalOf(elsewhere)).toBe('409 VaultAlreadyExists');
  });
});

test('secrets and keys as child resources show all but the value, whoever made them', async () => {
  await it.createVault('children');
  const put = await it.arm('PUT', `${it.vaultId('children')}/secrets/by-arm`, { tags: { a: 'b' }, properties: { value: 'from a template', contentType: 'text/plain' } });
  expect(put.status).toBe(200);
  expect(put.text).not.toContain('from a template');
  expect((await it.call('children', 'GET', '/secrets/by-arm')).json).toMatchObject({ value: 'from a template', tags: { a: 'b' }, id: propertiesOf(put)['secretUriWithVersion'] });
  await it.call('children', 'PUT', '/secrets/by-data', { value: 'x' });
  expect(itemsOf(await it.arm('GET', `${it.vaultId('children')}/secrets`)).map(({ name }) => name)).toEqual(['by-arm', 'by-data']);
  const key = await it.arm('PUT', `${it.vaultId('children')}/keys/k`, { properties: { kty: 'RSA', keySize: 2048, keyOps: ['sign'], rotationPolicy: { attributes: { expiryTime: 'P1Y' } } } });
  expect(propertiesOf(key)).toMatchObject({ kty: 'RSA', keySize: 2048, keyOps: ['sign'], rotationPolicy: { attributes: { expiryTime: 'P1Y' } } });
  const again = await it.arm('PUT', `${it.vaultId('children')}/keys/k`, { properties: { kty: 'EC' } });
  expect(propertiesOf(again)['keyUriWithVersion']).toBe(propertiesOf(key)['keyUriWithVersion']);
  const version = stringAt(propertiesOf(key), 'keyUriWithVersion')?.split('/').at(-1) ?? '';
  expect((await it.arm('GET', `${it.vaultId('children')}/keys/k/versions/${version}`)).json['name']).toBe(version);
  expect((await it.arm('GET', `${it.vaultId('children')}/keys/nothing`)).status).toBe(404);
  expect((await it.arm('GET', `${it.vaultId('nowhere')}/keys/k`)).status).toBe(404);
});

test('the vault of a workspace outlives its group, and does not keep the workspace from being made again', async () => {
  const group = `${subscription}/resourceGroups/again`;
  const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/lab`;
  const vaultIds: unknown[] = [];
  for (let round = 0; round < 2; round += 1) {
    await it.arm('PUT', `${group}?api-version=2021-04-01`, { location: 'local' });
    await it.arm('PUT', `${workspace}?api-version=2024-04-01`, { location: 'local', identity: { type: 'SystemAssigned' }, properties: {} });
    await vi.waitFor(async () => expect(propertiesOf(await it.arm('GET', `${workspace}?api-version=2024-04-01`))['provisioningState']).toBe('Succeeded'), { timeout: 30_000, interval: 100 });
    vaultIds.push(propertiesOf(await it.arm('GET', `${workspace}?api-version=2024-04-01`))['keyVault']);
    await it.arm('DELETE', `${workspace}?api-version=2024-04-01&forceToPurge=true`);
    await it.arm('DELETE', `${group}?api-version=2021-04-01`);
    await vi.waitFor(async () => expect((await it.arm('GET', `${group}?api-version=2021-04-01`)).status).toBe(404), { timeout: 30_000, interval: 100 });
    const name = String(vaultIds.at(-1)).split('/').at(-1) ?? '';
    expect((await it.arm('GET', deletedAt(name))).status).toBe(200);
  }
  expect(new Set(vaultIds).size).toBe(2);
});
