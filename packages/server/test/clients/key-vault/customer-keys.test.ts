// Customer-managed keys on a whole server: what of a workspace lies encrypted on disk and in the database, what happens
// when the vault's key is disabled, rotated or no longer permitted, and what is refused.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { STORAGE_AUDIENCE } from '../../../../testkit/src/test-server.ts';
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

describe('what it keeps', () => {
  const MARKER = 'marker-that-nobody-else-writes';

  async function accountOf(workspace: string): Promise<string> {
    const { json } = await ml('GET', workspacePath(workspace));
    return stringAt(objectAt(json, 'properties'), 'storageAccount')?.split('/').at(-1) ?? '';
  }

  /** Where the marker lies: files of the data folder and tables. The log has no content. */
  async function placesOf(marker: string): Promise<readonly string[]> {
    const { dataDir } = it.server.connection;
    const root = join(dataDir, 'blobs');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile() && readFileSync(join(root, name)).includes(marker));
    const { pool } = it.server.composition.database;
    const tables = await pool.query<{ name: string }>("select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'");
    const found: string[] = files.map(() => 'file');
    for (const { name } of tables.rows) {
      const hits = await pool.query(`select 1 from "${name}" t where position($1 in t::text) > 0 or position($2 in t::text) > 0 limit 1`, [marker, Buffer.from(marker).toString('hex')]);
      if (hits.rowCount !== 0) found.push(name);
    }
    return [...new Set(found)].toSorted();
  }

  async function fill(workspace: string, marker: string): Promise<void> {
    const account = await accountOf(workspace);
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03', 'x-ms-blob-type': 'BlockBlob' };
    for (const [name, body] of [
      ['small.txt', marker],
      ['large.txt', marker.repeat(3000)],
    ] as const) {
      const put = await it.server.send(`${account}.blob`, { method: 'PUT', path: `/azureml/${name}`, headers, body });
      expect([put.status, put.text]).toEqual([201, '']);
    }
  }

  async function readBlob(workspace: string, name: string) {
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' };
    return it.server.send(`${await accountOf(workspace)}.blob`, { method: 'GET', path: `/azureml/${name}`, headers });
  }

  test('lies sealed in files and tables; that of a workspace without a key does not', async () => {
    await createWorkspace('open', {});
    await fill('open', 'open-marker-for-comparison');
    await fill('sealed', MARKER);
    expect(await placesOf('open-marker-for-comparison')).toEqual(['blobs', 'file']);
    expect(await placesOf(MARKER)).toEqual([]);
    expect((await readBlob('sealed', 'large.txt')).text).toBe(MARKER.repeat(3000));
  });

  test('cannot be read while the key is disabled, and can afterwards', async () => {
    await setEnabled(false);
    for (const name of ['small.txt', 'large.txt']) {
      const refused = await readBlob('sealed', name);
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('<Code>KeyVaultAccessDenied</Code>')]);
    }
    expect((await readBlob('open', 'small.txt')).status).toBe(200);
    await setEnabled(true);
    expect((await readBlob('sealed', 'small.txt')).text).toBe(MARKER);
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
