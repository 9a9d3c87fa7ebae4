// Customer-managed keys on a whole server: what of a workspace lies encrypted on disk and in the database, what happens
// when the vault's key is disabled, rotated or no longer permitted, and what is refused.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { roleIds } from '#identity/role-definitions.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { STORAGE_AUDIENCE } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';
import { GROUP, refusalOf, startVaultServer, type VaultServer } from './vault-server.ts';

const ML = '2024-10-01';
const ENCRYPTION_USER = roleIds.keyVaultCryptoServiceEncryptionUser;
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
const ml = (method: string, path: string, body?: object) => it.arm(method, `${path}${path.includes('?') ? '&' : '?'}api-version=${ML}`, body);

function encryption(change: JsonObject = {}): JsonObject {
  return { status: 'Enabled', keyVaultProperties: { keyVaultArmId: it.vaultId('cmk-vault'), keyIdentifier: String(key['kid']), ...change } };
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
  const put = await ml('PUT', `${workspacePath(workspace)}/datastores/extra?skipValidation=true`, {
    properties: { datastoreType: 'AzureBlob', accountName: 'elsewhere', containerName: 'container', credentials },
  });
  expect(put.status).toBe(201);
}
const listSecrets = (workspace: string) => ml('POST', `${workspacePath(workspace)}/datastores/extra/listSecrets`, {});

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

describe('a workspace with a customer-managed key', () => {
  test('is made, and shows the key that was named', async () => {
    const made = await createWorkspace('sealed', { encryption: encryption() });
    const { identity: _own, ...named } = encryption();
    expect(objectAt(made, 'properties')['encryption']).toMatchObject(named);
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

  const mlflow = async (workspace: string, method: string, path: string, body?: object) => {
    const { region } = it.server.connection;
    const answer = await it.server.send(`${region}.api`, { method, path: `/mlflow/v1.0${workspacePath(workspace)}/api/2.0/mlflow/${path}`, headers: await it.server.bearer(), body });
    return answer;
  };
  const experiments = new Map<string, string>();
  const runs = new Map<string, string>();

  async function logRun(workspace: string, marker: string): Promise<void> {
    const experiment = await mlflow(workspace, 'POST', 'experiments/create', { name: 'tries' });
    experiments.set(workspace, String(experiment.json['experiment_id']));
    const created = await mlflow(workspace, 'POST', 'runs/create', { experiment_id: experiments.get(workspace), tags: [{ key: 'note', value: marker }] });
    const runId = stringAt(objectAt(objectAt(created.json, 'run'), 'info'), 'run_id') ?? '';
    runs.set(workspace, runId);
    const batch = { run_id: runId, params: [{ key: 'secret', value: marker }], metrics: [{ key: 'loss', value: 0.5, timestamp: 1, step: 0 }], tags: [{ key: 'plain', value: 'x' }] };
    expect((await mlflow(workspace, 'POST', 'runs/log-batch', batch)).status).toBe(200);
    const dataset = { name: 'd', digest: '1', source_type: 'local', source: marker, schema: marker };
    expect((await mlflow(workspace, 'POST', 'runs/log-inputs', { run_id: runId, datasets: [{ dataset }] })).text).toBe('{}');
  }

  async function search(workspace: string, filter: string, order: readonly string[] = []) {
    return mlflow(workspace, 'POST', 'runs/search', { experiment_ids: [experiments.get(workspace)], filter, order_by: order });
  }

  async function readBlob(workspace: string, name: string) {
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' };
    return it.server.send(`${await accountOf(workspace)}.blob`, { method: 'GET', path: `/azureml/${name}`, headers });
  }

  test('lies sealed in files and tables; that of a workspace without a key does not', async () => {
    await createWorkspace('open', {});
    await fill('open', 'open-marker-for-comparison');
    await fill('sealed', MARKER);
    await logRun('open', 'open-marker-for-comparison');
    await logRun('sealed', MARKER);
    expect(await placesOf('open-marker-for-comparison')).toEqual(['blobs', 'datasets', 'file', 'run_params', 'run_tags']);
    expect(await placesOf(MARKER)).toEqual([]);
    expect((await readBlob('sealed', 'large.txt')).text).toBe(MARKER.repeat(3000));
  });

  test('params and tags are shown, found by what they are, and not compared otherwise', async () => {
    const run = objectAt((await mlflow('sealed', 'GET', `runs/get?run_id=${runs.get('sealed')}`)).json, 'run');
    expect(objectAt(run, 'data')).toMatchObject({ params: [{ key: 'secret', value: MARKER }], tags: expect.arrayContaining([{ key: 'note', value: MARKER }]) });
    expect(JSON.stringify(objectAt(run, 'inputs'))).toContain(MARKER);
    const history = await it.server.send(`${it.server.connection.region}.api`, {
      method: 'POST',
      path: `/history/v1.0${workspacePath('sealed')}/rundata`,
      headers: await it.server.bearer(),
      body: { runId: runs.get('sealed') },
    });
    expect([history.status, history.text]).toEqual([200, expect.stringContaining(MARKER)]);
    for (const filter of [`params.secret = '${MARKER}'`, `tags.note = '${MARKER}'`, "tags.note != 'a'", 'metrics.loss < 1'])
      expect((await search('sealed', filter)).json['runs'], filter).toHaveLength(1);
    expect((await search('sealed', "params.secret = 'a'")).json['runs'] ?? []).toEqual([]);
    expect((await search('sealed', "params.secret LIKE 'marker%'")).status).toBe(400);
    expect((await search('sealed', '', ['params.secret'])).status).toBe(400);
    expect((await search('open', "params.secret LIKE 'open%'", ['params.secret'])).json['runs']).toHaveLength(1);
    const other = await mlflow('sealed', 'POST', 'runs/log-parameter', { run_id: runs.get('sealed'), key: 'secret', value: 'other' });
    expect([other.status, other.text]).toEqual([400, expect.stringContaining(MARKER)]);
    expect((await mlflow('sealed', 'POST', 'runs/log-parameter', { run_id: runs.get('sealed'), key: 'secret', value: MARKER })).status).toBe(200);
  });

  test('cannot be read while the key is disabled, and can afterwards', async () => {
    await setEnabled(false);
    for (const name of ['small.txt', 'large.txt']) {
      const refused = await readBlob('sealed', name);
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('<Code>KeyVaultAccessDenied</Code>')]);
    }
    expect((await readBlob('open', 'small.txt')).status).toBe(200);
    expect((await search('sealed', '')).status).toBe(403);
    expect((await mlflow('sealed', 'GET', `runs/get?run_id=${runs.get('sealed')}`)).status).toBe(403);
    expect((await search('open', '')).status).toBe(200);
    await setEnabled(true);
    expect((await readBlob('sealed', 'small.txt')).text).toBe(MARKER);
  });

  test('is wrapped anew when another version of the key is named, and then needs the first no more', async () => {
    const first = String(key['kid']).split('/').at(-1) ?? '';
    const rotated = await it.call('cmk-vault', 'POST', '/keys/cmk/rotate');
    const kid = String(objectAt(rotated.json, 'key')['kid']);
    const wrappedWith = async (): Promise<unknown> => (await it.server.composition.database.pool.query('select wrapped_version from customer_keys where owner_key like $1', ['%/sealed'])).rows[0];
    expect(await wrappedWith()).toEqual({ wrapped_version: first });
    await ml('PATCH', workspacePath('sealed'), { properties: { encryption: { keyVaultProperties: { keyIdentifier: kid } } } });
    await vi.waitFor(async () => expect(await wrappedWith()).toEqual({ wrapped_version: kid.split('/').at(-1) }), { timeout: 20_000, interval: 100 });
    await it.call('cmk-vault', 'PATCH', `/keys/cmk/${first}`, { attributes: { enabled: false } });
    expect((await readBlob('sealed', 'small.txt')).text).toBe(MARKER);
  });

  test('follows the newest version when none is named: rotating wraps anew by itself', async () => {
    await it.call('cmk-vault', 'POST', '/keys/turning/create', { kty: 'RSA' });
    await createWorkspace('follower', { encryption: encryption({ keyIdentifier: String(key['kid']).replace(/\/cmk\/.*/, '/turning') }) });
    await fill('follower', 'text of the follower');
    const rotated = await it.call('cmk-vault', 'POST', '/keys/turning/rotate');
    const version = String(objectAt(rotated.json, 'key')['kid']).split('/').at(-1);
    await vi.waitFor(
      async () => {
        const { rows } = await it.server.composition.database.pool.query('select wrapped_version from customer_keys where owner_key like $1', ['%/follower']);
        expect(rows).toEqual([{ wrapped_version: version }]);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect((await readBlob('follower', 'large.txt')).text).toContain('text of the follower');
  });

  test('cannot be read once the identity was let in and is not any more', async () => {
    const { principalId } = objectAt((await ml('GET', workspacePath('follower'))).json, 'identity');
    const scope = it.vaultId('cmk-vault');
    const assignment = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const roleDefinitionId = `/subscriptions/${it.server.connection.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ENCRYPTION_USER}`;
    const api = '?api-version=2022-04-01';
    expect((await it.arm('PUT', `${assignment}${api}`, { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } })).status).toBe(201);
    expect((await readBlob('follower', 'small.txt')).status).toBe(200);
    await it.arm('DELETE', `${assignment}${api}`);
    const refused = await readBlob('follower', 'small.txt');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('KeyVaultAccessDenied')]);
    await it.arm('PUT', `${assignment}${api}`, { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } });
    expect((await readBlob('follower', 'small.txt')).status).toBe(200);
  });

  test('stays readable in a storage account that outlives the workspace, and needs the key no more', async () => {
    const account = await accountOf('follower');
    const path = workspacePath('follower');
    await it.arm('DELETE', `${path}?api-version=${ML}&forceToPurge=true`);
    await vi.waitFor(
      async () => {
        expect((await ml('GET', path)).status).toBe(404);
        const { rows } = await it.server.composition.database.pool.query('select wrapped, released is not null as is_released from customer_keys where owner_key is null');
        expect(rows).toEqual([{ wrapped: null, is_released: true }]);
      },
      { timeout: 30_000, interval: 100 },
    );
    await it.call('cmk-vault', 'PATCH', '/keys/turning', { attributes: { enabled: false } });
    const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' };
    const read = await it.server.send(`${account}.blob`, { method: 'GET', path: '/azureml/small.txt', headers });
    expect([read.status, read.text]).toEqual([200, 'text of the follower']);
  });
});

describe('the unmodified clients', () => {
  test('make one whose identity may use the key, and read what they wrote; without the permission it is refused', async () => {
    const { subscriptionId, domain, port } = it.server.connection;
    const identityId = `/subscriptions/${subscriptionId}/resourceGroups/${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keeper`;
    const identity = await it.arm('PUT', `${identityId}?api-version=2023-01-31`, { location: 'local' });
    const { principalId } = objectAt(identity.json, 'properties');
    await it.call('cmk-vault', 'POST', '/keys/for-clients/create', { kty: 'RSA' });
    const variables = {
      GROUP,
      DOMAIN: domain,
      PORT: String(port),
      IDENTITY_ID: identityId,
      VAULT_ID: it.vaultId('cmk-vault'),
      KEY_ID: String(key['kid']).replace(/\/cmk\/.*/, '/for-clients'),
      MARKER: 'by-client-marker ',
    };
    const { refused } = await runClient(it.server, '../key-vault/customer-keys', { variables: { ...variables, STEP: 'refused' } });
    expect(refused).toMatchObject({ status: 400, code: 'KeyVaultAccessDenied' });
    const assignment = `${it.vaultId('cmk-vault')}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const roleDefinitionId = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ENCRYPTION_USER}`;
    await it.arm('PUT', `${assignment}?api-version=2022-04-01`, { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } });
    const facts = await runClient(it.server, '../key-vault/customer-keys', { variables: { ...variables, STEP: 'made' } });
    expect(facts).toMatchObject({ isSame: true, range: true, log: 'one\ntwo\nthree\n', names: [['by-client.txt', true]] });
    expect(objectAt(facts, 'encryption')).toMatchObject({ status: 'Enabled', identity: { userAssignedIdentity: identityId } });
    expect(await placesOf('by-client-marker')).toEqual([]);
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
