// Customer-managed keys on a whole server: what of a workspace lies encrypted on disk and in the database, what happens
// when the vault's key is disabled, rotated or no longer permitted, and what is refused.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { GROUP, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

const ML = '2024-10-01';
const SECRET = 'c3VwZXItc2VjcmV0LWFjY291bnQta2V5LW1hcmtlcg==';

let it: VaultServer;
let key: JsonObject;
beforeAll(async () => {
  it = await startVaultServer();
  await it.createVault('cmk-vault', { enableRbacAuthorization: true, enablePurgeProtection: true });
  key = objectAt((await it.call('cmk-vault', 'POST', '/keys/cmk/create', { kty: 'RSA' })).json, 'key');
});
afterAll(async () => {
  const errors = it?.server.errors();
  await it?.server.stop();
  expect(errors).toEqual([]);
});

const workspacePath = (name: string): string => `/subscriptions/${it.server.connection.subscriptionId}/resourceGroups/${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
const ml = (method: string, path: string, body?: object) => it.arm(method, `${path}?api-version=${ML}`, body);

function encryption(change: JsonObject = {}): JsonObject {
  return { status: 'Enabled', identity: {}, keyVaultProperties: { keyVaultArmId: it.vaultId('cmk-vault'), keyIdentifier: String(key['kid']), ...change } };
}

async function createWorkspace(name: string, properties: JsonObject): Promise<JsonObject> {
  const put = await ml('PUT', workspacePath(name), { location: 'local', identity: { type: 'SystemAssigned' }, properties });
  expect([put.status, put.text]).toEqual([202, expect.any(String)]);
  return vi.waitFor(
    async () => {
      const { json } = await ml('GET', workspacePath(name));
      expect(objectAt(json, 'properties')['provisioningState']).toBe('Succeeded');
      return json;
    },
    { timeout: 30_000, interval: 100 },
  );
}

const setEnabled = (enabled: boolean) => it.call('cmk-vault', 'PATCH', '/keys/cmk', { attributes: { enabled } });

async function addDatastore(workspace: string): Promise<void> {
  const credentials = { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: SECRET } };
  const put = await ml('PUT', `${workspacePath(workspace)}/datastores/extra`, { properties: { datastoreType: 'AzureBlob', accountName: 'elsewhere', containerName: 'c', credentials } });
  expect(put.status).toBe(201);
}
const listSecrets = (workspace: string) => ml('POST', `${workspacePath(workspace)}/datastores/extra/listSecrets`, {});

describe('a workspace with a customer-managed key', () => {
  test('is made, and shows the key that was named', async () => {
    const made = await createWorkspace('sealed', { encryption: encryption() });
    expect(objectAt(made, 'properties')['encryption']).toEqual(encryption());
  });

  test('has its secrets under the key of the vault', async () => {
    await addDatastore('sealed');
    expect((await listSecrets('sealed')).json).toMatchObject({ key: SECRET });
    await setEnabled(false);
    const refused = await listSecrets('sealed');
    expect(refusalOf(refused)).toBe('403 KeyVaultAccessDenied');
    expect(stringAt(objectAt(refused.json, 'error'), 'message')).toContain('customer-managed key');
    expect((await ml('GET', `${workspacePath('sealed')}/datastores/extra`)).status).toBe(200);
    await setEnabled(true);
    expect((await listSecrets('sealed')).json).toMatchObject({ key: SECRET });
  });
});

describe('refused', () => {
  test.each<[string, () => JsonObject, string]>([
    ['a vault without purge protection', () => ({ keyVaultArmId: it.vaultId('loose') }), '400 KeyVaultPolicyError'],
    ['a vault that is not there', () => ({ keyVaultArmId: it.vaultId('nowhere') }), '400 KeyVaultNotFound'],
    ['a key of another vault', () => ({ keyIdentifier: String(key['kid']).replace('cmk-vault', 'loose') }), '400 KeyVaultKeyMismatch'],
    ['a key that is not there', () => ({ keyIdentifier: String(key['kid']).replace('/cmk/', '/none/') }), '400 KeyVaultKeyNotFound'],
    ['a key that cannot wrap', () => ({ keyIdentifier: String(key['kid']).replace(/\/cmk\/.*/, '/curve') }), '400 KeyVaultKeyNotSupported'],
    ['a disabled key', () => ({ keyIdentifier: String(key['kid']).replace(/\/cmk\/.*/, '/off') }), '400 KeyVaultKeyDisabled'],
    ['no identifier of a key', () => ({ keyIdentifier: 'cmk' }), '400 InvalidKeyIdentifier'],
  ])('%s', async (_what, change, refusal) => {
    await it.createVault('loose');
    await it.call('cmk-vault', 'POST', '/keys/curve/create', { kty: 'EC' });
    await it.call('cmk-vault', 'POST', '/keys/off/create', { kty: 'RSA', attributes: { enabled: false } });
    const put = await ml('PUT', workspacePath('refused'), { location: 'local', identity: { type: 'SystemAssigned' }, properties: { encryption: encryption(change()) } });
    expect(refusalOf(put)).toBe(refusal);
    expect((await ml('GET', workspacePath('refused'))).status).toBe(404);
  });

  test('to switch it off, or on afterwards', async () => {
    const off = await ml('PATCH', workspacePath('sealed'), { properties: { encryption: { status: 'Disabled' } } });
    expect(off.status).toBe(400);
  });
});
