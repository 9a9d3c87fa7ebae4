// Customer-managed keys on a whole server: what of a workspace lies encrypted on disk and in the database, what happens
// when the vault's key is disabled, rotated or no longer permitted, and what is refused.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { roleIds } from '#identity/role-definitions.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { STORAGE_AUDIENCE } from '../../../../testkit/src/test-server.ts';
import { runClient } from '../azure/run-client.ts';
import { doubleBytes, type MlflowCall, mlflowOf, placesOf, type Written, writeEverything } from './sealed-content.ts';
import { storedBytes } from './stored-bytes.ts';
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
    expect(refusalOf(await ml('GET', `${workspacePath('sealed')}/datastores/extra`))).toBe('403 KeyVaultAccessDenied');
    expect((await ml('GET', workspacePath('sealed'))).status).toBe(200);
    await setEnabled(true);
    expect((await listSecrets('sealed')).json).toMatchObject({ key: SECRET });
  });
});

describe('what it keeps', () => {
  const MARKER = 'marker-that-nobody-else-writes';

  const bytes = () => storedBytes(it, workspacePath, ml);
  let written: Written;
  let open: Written;
  const mlflow: MlflowCall = (...call) => mlflowOf(it, workspacePath)(...call);
  const search = async ({ workspace, experimentId }: Written, filter: string, order: readonly string[] = []) =>
    (await mlflow(workspace, 'POST', 'runs/search', { experiment_ids: [experimentId], filter, order_by: order }))['runs'] ?? [];
  const studio = async ({ workspace }: Written, path: string) =>
    it.server.send('localhost', { method: 'GET', path: `/api/studio${workspacePath(workspace)}/${path}`, headers: await it.server.bearer() });

  test('lies sealed in tables, files of the database and its log, and the byte store; that of a workspace without a key does not', async () => {
    await createWorkspace('open', {});
    await bytes().fill('open', 'open-marker-for-comparison');
    await bytes().fill('sealed', MARKER);
    await bytes().fillShare('open', 'open-marker-for-comparison');
    await bytes().fillShare('sealed', MARKER);
    open = await writeEverything(it, workspacePath, 'open', 'open-marker-for-comparison', 0.7312345678912345);
    written = await writeEverything(it, workspacePath, 'sealed', MARKER, 0.2198765432198765);
    expect(await placesOf(it, [open.marker])).toEqual(
      expect.arrayContaining([
        'blobs',
        'datasets',
        'experiments',
        'file blobs',
        'file_pieces',
        'file jobs',
        'file postgres/data/base',
        'file postgres/data/pg_wal',
        'jobs',
        'latest_metrics',
        'logged_model_metrics',
        'logged_models',
        'metrics',
        'resources',
        'run_datasets',
        'run_params',
        'run_tags',
        'runs',
      ]),
    );
    expect(await placesOf(it, [String(open.value), doubleBytes(open.value)])).toEqual(
      expect.arrayContaining(['file postgres/data/base', 'file postgres/data/pg_wal', 'logged_model_metrics', 'metrics']),
    );
    expect(await placesOf(it, [MARKER, String(written.value), doubleBytes(written.value)])).toEqual([]);
    expect((await bytes().readBlob('sealed', 'large.txt')).text).toBe(MARKER.repeat(3000));
    expect((await bytes().share('sealed', 'GET', '/large.txt')).text).toBe(MARKER.repeat(3000));
  });

  test('is shown as it was written, as in a workspace without a key', async () => {
    for (const of of [open, written]) {
      const { workspace, runId, marker: m } = of;
      const run = objectAt(await mlflow(workspace, 'GET', `runs/get?run_id=${runId}`), 'run');
      expect(objectAt(run, 'info')['run_name']).toBe(`${m}-run-name`);
      expect(objectAt(run, 'data')).toMatchObject({
        params: [{ key: `${m}-param-key`, value: `${m}-param-value` }],
        tags: expect.arrayContaining([{ key: `${m}-tag-key`, value: `${m}-tag-value` }]),
        metrics: [expect.objectContaining({ key: `${m}-metric`, value: of.value + 2, step: 2 })],
      });
      for (const what of ['dataset', 'source-type', 'source', 'schema', 'profile', 'context']) expect(JSON.stringify(objectAt(run, 'inputs'))).toContain(`"${m}-${what}"`);
      const history = await mlflow(workspace, 'GET', `metrics/get-history?run_id=${runId}&metric_key=${m}-metric`);
      expect(history['metrics']).toEqual([0, 1, 2].map((step) => expect.objectContaining({ key: `${m}-metric`, step, value: of.value + step })));
      const experiment = objectAt(await mlflow(workspace, 'GET', `experiments/get-by-name?experiment_name=${m}-experiment`), 'experiment');
      expect(experiment['tags']).toEqual(expect.arrayContaining([{ key: `${m}-late-tag-key`, value: `${m}-late-tag-value` }]));
      const model = JSON.stringify(await mlflow(workspace, 'GET', `logged-models/${of.modelId}`));
      for (const what of ['logged-model', 'type', 'model-param-value', 'model-tag-key', 'metric', 'dataset']) expect(model).toContain(`"${m}-${what}"`);
      const job = objectAt((await ml('GET', `${workspacePath(workspace)}/jobs/${of.jobName}`)).json, 'properties');
      expect(job).toMatchObject({ displayName: `${m}-job-name`, environmentVariables: { WORD: `${m}-variable` }, tags: { [`${m}-asset-tag-key`]: `${m}-asset-tag-value` } });
      expect(JSON.stringify(job)).toContain(`${m}-output`);
      const history2 = await it.server.send(`${it.server.connection.region}.api`, {
        method: 'POST',
        path: `/history/v1.0${workspacePath(workspace)}/rundata`,
        headers: await it.server.bearer(),
        body: { runId },
      });
      expect([history2.status, history2.text]).toEqual([200, expect.stringContaining(`${m}-tag-value`)]);
      const jobs = await ml('GET', `${workspacePath(workspace)}/jobs?tag=${m}-asset-tag-key`);
      expect((jobs.json['value'] as readonly unknown[]).length).toBe(1);
      expect((await ml('GET', `${workspacePath(workspace)}/jobs?tag=other`)).json['value']).toEqual([]);
    }
  });

  test('is found and ordered by what it is, as in a workspace without a key', async () => {
    for (const of of [open, written]) {
      const m = of.marker;
      for (const filter of [
        `params.\`${m}-param-key\` = '${m}-param-value'`,
        `params.\`${m}-param-key\` LIKE '%param-value'`,
        `tags.\`${m}-tag-key\` ILIKE '%TAG-VALUE'`,
        `metrics.\`${m}-metric\` > ${of.value + 1.5}`,
        `datasets.name = '${m}-dataset'`,
        `attributes.run_name LIKE '%run-name'`,
        `attributes.status = 'RUNNING'`,
      ])
        expect(await search(of, filter, [`params.\`${m}-param-key\``, `metrics.\`${m}-metric\` DESC`]), filter).toHaveLength(1);
      for (const filter of [`params.\`${m}-param-key\` = 'a'`, `metrics.\`${m}-metric\` > ${of.value + 2.5}`, `datasets.name = 'a'`]) expect(await search(of, filter), filter).toEqual([]);
      const experiments = await mlflow(of.workspace, 'POST', 'experiments/search', { filter: `name LIKE '${m}-exp%' AND tags.\`${m}-late-tag-key\` = '${m}-late-tag-value'`, max_results: 10 });
      expect(experiments['experiments']).toHaveLength(1);
      const models = await mlflow(of.workspace, 'POST', 'logged-models/search', {
        experiment_ids: [of.experimentId],
        filter: `name = '${m}-logged-model' AND params.\`${m}-model-param-key\` = '${m}-model-param-value'`,
      });
      expect(models['models']).toHaveLength(1);
      const listed = await studio(of, `jobs?text=RUN-NAME&sort=name:asc`);
      expect([listed.status, listed.text]).toEqual([200, expect.stringContaining(`${m}-run-name`)]);
      const series = await studio(of, `runs/${of.runId}/metrics?key=${m}-metric`);
      expect(series.text).toContain(String(of.value));
      expect((await studio(of, `jobs?text=nowhere`)).json['items']).toEqual([]);
      const other = await it.server.send(`${it.server.connection.region}.api`, {
        method: 'POST',
        path: `/mlflow/v1.0${workspacePath(of.workspace)}/api/2.0/mlflow/runs/log-parameter`,
        headers: await it.server.bearer(),
        body: { run_id: of.runId, key: `${m}-param-key`, value: 'other' },
      });
      expect([other.status, other.text]).toEqual([400, expect.stringContaining(`${m}-param-value`)]);
      await mlflow(of.workspace, 'POST', 'runs/log-parameter', { run_id: of.runId, key: `${m}-param-key`, value: `${m}-param-value` });
    }
  });

  test('cannot be read while the key is disabled, and can afterwards', async () => {
    await setEnabled(false);
    for (const name of ['small.txt', 'large.txt']) {
      const refused = await bytes().readBlob('sealed', name);
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('<Code>KeyVaultAccessDenied</Code>')]);
    }
    expect(await Promise.all(['small', 'large'].map(async (name) => (await bytes().share('sealed', 'GET', `/${name}.txt`)).status))).toEqual([403, 403]);
    expect((await bytes().readBlob('open', 'small.txt')).status).toBe(200);
    const locked: readonly (readonly [string, string])[] = [
      ['management', `${workspacePath('sealed')}/jobs/${written.jobName}?api-version=${ML}`],
      ['management', `${workspacePath('sealed')}/jobs?api-version=${ML}`],
      ['management', `${workspacePath('sealed')}/data/input/versions/1?api-version=${ML}`],
      ['localhost', `/api/studio${workspacePath('sealed')}/jobs`],
      ...['runs/get?run_id=', 'metrics/get-history?metric_key=x&run_id='].map(
        (path) => [`${it.server.connection.region}.api`, `/mlflow/v1.0${workspacePath('sealed')}/api/2.0/mlflow/${path}${written.runId}`] as const,
      ),
    ];
    for (const [host, path] of locked) {
      const refused = await it.server.send(host, { method: 'GET', path, headers: await it.server.bearer() });
      expect([path, refused.status, refused.text]).toEqual([path, 403, expect.stringContaining("key 'cmk' of the key vault 'cmk-vault'")]);
    }
    expect(await search(open, '')).toHaveLength(1);
    expect((await it.arm('DELETE', `${workspacePath('sealed')}/data/input/versions/1?api-version=${ML}`)).status).toBe(200);
    await setEnabled(true);
    expect(await search(written, `params.\`${MARKER}-param-key\` = '${MARKER}-param-value'`)).toHaveLength(1);
    expect((await bytes().readBlob('sealed', 'small.txt')).text).toBe(MARKER);
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
    expect((await bytes().readBlob('sealed', 'small.txt')).text).toBe(MARKER);
    expect(await search(written, `attributes.run_name = '${MARKER}-run-name'`)).toHaveLength(1);
  });

  test('follows the newest version when none is named: rotating wraps anew by itself', async () => {
    await it.call('cmk-vault', 'POST', '/keys/turning/create', { kty: 'RSA' });
    await createWorkspace('follower', { encryption: encryption({ keyIdentifier: String(key['kid']).replace(/\/cmk\/.*/, '/turning') }) });
    await bytes().fill('follower', 'text of the follower');
    const rotated = await it.call('cmk-vault', 'POST', '/keys/turning/rotate');
    const version = String(objectAt(rotated.json, 'key')['kid']).split('/').at(-1);
    await vi.waitFor(
      async () => {
        const { rows } = await it.server.composition.database.pool.query('select wrapped_version from customer_keys where owner_key like $1', ['%/follower']);
        expect(rows).toEqual([{ wrapped_version: version }]);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect((await bytes().readBlob('follower', 'large.txt')).text).toContain('text of the follower');
  });

  test('cannot be read once the identity was let in and is not any more', async () => {
    const { principalId } = objectAt((await ml('GET', workspacePath('follower'))).json, 'identity');
    const scope = it.vaultId('cmk-vault');
    const assignment = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const roleDefinitionId = `/subscriptions/${it.server.connection.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ENCRYPTION_USER}`;
    const api = '?api-version=2022-04-01';
    expect((await it.arm('PUT', `${assignment}${api}`, { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } })).status).toBe(201);
    expect((await bytes().readBlob('follower', 'small.txt')).status).toBe(200);
    await it.arm('DELETE', `${assignment}${api}`);
    const refused = await bytes().readBlob('follower', 'small.txt');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('KeyVaultAccessDenied')]);
    await it.arm('PUT', `${assignment}${api}`, { properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' } });
    expect((await bytes().readBlob('follower', 'small.txt')).status).toBe(200);
  });

  test('stays readable in a storage account that outlives the workspace, and needs the key no more', async () => {
    const account = await bytes().accountOf('follower');
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

test('two workspaces in one storage account each need their own key, also for what comes after the first is deleted', async () => {
  const makeKey = async (name: string) => encryption({ keyIdentifier: String(objectAt((await it.call('cmk-vault', 'POST', `/keys/${name}/create`, { kty: 'RSA' })).json, 'key')['kid']) });
  const enable = (name: string, enabled: boolean) => it.call('cmk-vault', 'PATCH', `/keys/${name}`, { attributes: { enabled } });
  const storageAccount = `/subscriptions/${it.server.connection.subscriptionId}/resourceGroups/${GROUP}/providers/Microsoft.Storage/storageAccounts/sharedbytwo`;
  await it.arm('PUT', `${storageAccount}?api-version=2023-05-01`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' } });
  const made = await createWorkspace('one', { storageAccount, encryption: await makeKey('of-one') });
  expect((await ml('DELETE', workspacePath('one'))).status).toBeLessThan(300);
  await vi.waitFor(async () => expect((await ml('GET', workspacePath('one'))).status).toBe(404), { timeout: 20_000, interval: 100 });
  const later = await createWorkspace('two', { storageAccount, encryption: await makeKey('of-two') });
  const [ofOne, ofTwo] = [made, later].map((workspace) => `/azureml-blobstore-${String(objectAt(workspace, 'properties')['workspaceId'])}/note.txt`);
  const headers = { ...(await it.server.bearer(undefined, STORAGE_AUDIENCE)), 'x-ms-version': '2023-11-03' };
  const blob = async (method: string, path = '', body?: string) =>
    it.server.send('sharedbytwo.blob', { method, path, headers: { ...headers, 'x-ms-blob-type': 'BlockBlob' }, ...(body === undefined ? {} : { body }) });
  for (const path of [ofOne, ofTwo]) expect((await blob('PUT', path, `note in ${String(path)}`)).status).toBe(201);
  const statuses = async () => [(await blob('GET', ofOne)).status, (await blob('GET', ofTwo)).status];
  expect(await statuses()).toEqual([200, 200]);
  await enable('of-two', false);
  expect(await statuses()).toEqual([200, 403]);
  await enable('of-two', true);
  await enable('of-one', false);
  expect(await statuses()).toEqual([403, 200]);
  await enable('of-one', true);
  expect(await statuses()).toEqual([200, 200]);
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
    expect(await placesOf(it, ['by-client-marker'])).toEqual([]);
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

test('a workspace whose key is gone can be deleted', async () => {
  await ml('PATCH', workspacePath('sealed'), { tags: { last: 'words' } });
  await setEnabled(false);
  expect((await ml('GET', `${workspacePath('sealed')}/jobs`)).status).toBe(403);
  expect((await ml('DELETE', workspacePath('sealed'))).status).toBeLessThan(300);
  await vi.waitFor(async () => expect((await ml('GET', workspacePath('sealed'))).status).toBe(404), { timeout: 20_000, interval: 100 });
  await setEnabled(true);
});
