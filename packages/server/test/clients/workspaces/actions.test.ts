// Actions of workspaces, through @azure/arm-machinelearning and over the wire.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { runClient } from '../azure/run-client.ts';
import { propertiesOf, refusalOf, startWorkspaceServer, type WorkspaceServer } from './workspace-server.ts';

let ws: WorkspaceServer;
beforeAll(async () => {
  ws = await startWorkspaceServer();
});
afterAll(async () => {
  const errors = ws?.server.errors();
  await ws?.stop();
  expect(errors).toEqual([]);
});

const codes = (report: unknown, area: string): readonly unknown[] => {
  const found = objectAt(report, 'value')[area];
  return Array.isArray(found) ? found.map((finding) => stringAt(finding, 'code')) : [];
};
const diagnose = async (name: string): Promise<JsonObject> => (await ws.wait('POST', `${ws.id(name)}/diagnose`, { value: {} })).body;

test('the unmodified client creates, changes, asks, rotates, diagnoses and deletes', async () => {
  const facts = await runClient(ws.server, '../workspaces/sdk');
  expect(facts['updated']).toMatchObject({ tags: { a: '1' }, friendlyName: 'New', publicNetworkAccess: 'Disabled', description: 'first' });
  expect(facts['opened']).toMatchObject({ publicNetworkAccess: 'Enabled' });
  expect(facts['fixed']).toMatchObject({ status: 400, code: 'PropertyChangeNotAllowed', message: expect.stringContaining('properties.keyVault') });
  const areas = [
    'storageAccountResults',
    'keyVaultResults',
    'containerRegistryResults',
    'applicationInsightsResults',
    'otherResults',
    'userDefinedRouteResults',
    'networkSecurityRuleResults',
    'resourceLockResults',
  ];
  expect(areas.map((area) => codes(facts['healthy'], area))).toEqual(areas.map(() => []));
  expect(codes(facts['ill'], 'storageAccountResults')).toEqual(['StorageKeysOutOfSync']);
  expect(codes(facts['cured'], 'storageAccountResults')).toEqual([]);
  expect(facts['keys']).toEqual([true, true, false, true]);
  expect(facts['insightsKey']).toMatch(/^[0-9a-f-]{36}$/);
  const refused = { status: 501, code: 'NotebookServiceNotSupported', message: expect.stringContaining('no hosted notebook service') };
  expect(facts['notebooks']).toEqual([refused, refused, refused].map((one) => expect.objectContaining(one)));
  expect(facts['links']).toMatchObject({ value: [{ groupId: 'amlworkspace' }] });
  expect(JSON.stringify(facts['outbound'])).toContain('Azure Key Vault');
  expect(facts['features']).toBeGreaterThan(0);
  expect([facts['gone'], facts['taken']]).toMatchObject([
    { status: 404, code: 'ResourceNotFound' },
    { status: 409, code: 'SoftDeletedWorkspaceExists' },
  ]);
});

test('a rotated key is refused until the keys are synchronised; then datastores work again', async () => {
  const properties = propertiesOf(await ws.create('Rotated'));
  const account = stringAt(properties, 'storageAccount') ?? '';
  const sas = async (): Promise<string> =>
    stringAt((await ws.arm('POST', `${ws.id('Rotated')}/datastores/workspaceblobstore/listSecrets`, { expirableSecret: true, expireAfterHours: 1 })).body, 'sasToken') ?? '';
  const write = async () =>
    (
      await ws.server.send(`${account.split('/').at(-1)}.blob`, {
        method: 'PUT',
        path: `/azureml-blobstore-${stringAt(properties, 'workspaceId')}/one.txt?${(await sas()).replace(/^\?/, '')}`,
        headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2023-11-03' },
        body: 'text',
      })
    ).status;
  expect(await write()).toBe(201);
  await ws.arm('POST', `${account}/regenerateKey?api-version=2023-01-01`, { keyName: 'key1' });
  expect(await write()).toBe(403);
  expect((await ws.wait('POST', `${ws.id('Rotated')}/resyncKeys`)).status).toBe(200);
  expect(await write()).toBe(201);
});

test('diagnose finds what is wrong with each neighbour, and says less of sensitive ones', async () => {
  const made = propertiesOf(await ws.create('Broken', { properties: { hbiWorkspace: true } }));
  const account = stringAt(made, 'storageAccount') ?? '';
  await ws.arm('PATCH', `${account}?api-version=2023-01-01`, { properties: { allowSharedKeyAccess: false } });
  await ws.wait('DELETE', `${stringAt(made, 'applicationInsights')}?api-version=2020-02-02`);
  await ws.wait('DELETE', `${stringAt(made, 'keyVault')}?api-version=2023-07-01`);
  const report = await diagnose('Broken');
  expect(['storageAccountResults', 'keyVaultResults', 'applicationInsightsResults'].map((area) => codes(report, area))).toEqual([
    ['StorageSharedKeyDisabled'],
    ['KeyVaultNotFound'],
    ['ApplicationInsightsNotFound'],
  ]);
  expect(JSON.stringify(report)).not.toContain(account.split('/').at(-1));
  await ws.wait('DELETE', `${account}?api-version=2023-01-01`);
  expect(codes(await diagnose('Broken'), 'storageAccountResults')).toEqual(['StorageAccountNotFound']);
  expect(refusalOf(await ws.arm('POST', `${ws.id('Broken')}/resyncKeys`))).toEqual([409, 'StorageAccountNotFound', ['properties.storageAccount']]);
});

test('a workspace that opens its storage as its identity needs the role for it', async () => {
  const made = await ws.create('Keyless', { properties: { systemDatastoresAuthMode: 'Identity' } });
  const store = propertiesOf((await ws.arm('GET', `${ws.id('Keyless')}/datastores/workspaceblobstore`)).body);
  expect(objectAt(store, 'credentials')).toEqual({ credentialsType: 'None' });
  expect(codes(await diagnose('Keyless'), 'storageAccountResults')).toEqual(['WorkspaceIdentityLacksStorageAccess']);
  const role = `${ws.subscription}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe`;
  await ws.arm('PUT', `${stringAt(propertiesOf(made), 'storageAccount')}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-4111-8111-111111111111?api-version=2022-04-01`, {
    properties: { roleDefinitionId: role, principalId: objectAt(made, 'identity')['principalId'] ?? '' },
  });
  expect(codes(await diagnose('Keyless'), 'storageAccountResults')).toEqual([]);
  const back = await ws.wait('PATCH', ws.id('Keyless'), { properties: { systemDatastoresAuthMode: 'AccessKey' } });
  expect(back.status).toBe(200);
  await expect
    .poll(async () => objectAt(propertiesOf((await ws.arm('GET', `${ws.id('Keyless')}/datastores/workspaceblobstore`)).body), 'credentials'))
    .toMatchObject({ credentialsType: 'AccountKey' });
});

test('bad bodies of actions are refused with 400', async () => {
  await ws.create('Plain');
  expect(refusalOf(await ws.arm('POST', `${ws.id('Plain')}/diagnose`, { value: { storageAccount: 5 } }))[0]).toBe(400);
  expect((await ws.wait('POST', `${ws.id('Plain')}/diagnose`)).status).toBe(200);
});

test('a container registry is linked, its credentials are listed while its admin user is on; locks are seen', async () => {
  const registry = ws.neighbour('Microsoft.ContainerRegistry/registries', 'fieldregistry');
  const put = (adminUserEnabled: boolean) => ws.wait('PUT', `${registry}?api-version=2023-07-01`, { location: 'local', sku: { name: 'Basic' }, properties: { adminUserEnabled } });
  await put(true);
  await ws.create('Imaged', { properties: { containerRegistry: registry } });
  expect((await ws.arm('POST', `${ws.id('Imaged')}/listKeys`)).body).toMatchObject({
    containerRegistryCredentials: { location: 'local', username: 'fieldregistry', passwords: [{ name: 'password' }, { name: 'password2' }] },
  });
  await put(false);
  expect((await ws.arm('POST', `${ws.id('Imaged')}/listKeys`)).body['containerRegistryCredentials']).toBeUndefined();
  const lock = `${registry}/providers/Microsoft.Authorization/locks/frozen?api-version=2020-05-01`;
  expect((await ws.arm('PUT', lock, { properties: { level: 'ReadOnly' } })).status).toBeLessThan(300);
  const report = await diagnose('Imaged');
  expect([codes(report, 'containerRegistryResults'), codes(report, 'resourceLockResults')]).toEqual([['ContainerRegistryAdminDisabled'], ['ReadOnlyLock']]);
  await ws.arm('DELETE', lock);
  const cleared = await ws.arm('PUT', ws.id('Imaged'), { location: 'local', identity: { type: 'SystemAssigned' }, properties: {} });
  expect(propertiesOf(cleared.body)['containerRegistry']).toBeUndefined();
});

test('quotas limit the nodes of computes; usages and sizes are those of this machine', async () => {
  await ws.create('Bounded');
  const at = `${ws.subscription}/providers/Microsoft.MachineLearningServices/locations/local`;
  const quota = `${ws.id('Bounded')}/quotas/ClusterNodes`;
  const cluster = (name: string, maxNodeCount: number, minNodeCount = 0) =>
    ws.arm('PUT', `${ws.id('Bounded')}/computes/${name}`, { location: 'local', properties: { computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount, minNodeCount } } } });
  const set = async (id: string, limit: number) => (await ws.arm('POST', `${at}/updateQuotas`, { value: [{ id, limit, unit: 'Count' }] })).body['value'];
  expect((await cluster('one', 2, 1)).status).toBeLessThan(300);
  expect(await set(quota, 3)).toMatchObject([{ id: quota, limit: 3, status: 'Success' }]);
  expect([await set(quota, 0), await set(`${ws.id('Bounded')}/quotas/StandardDv2`, 1), await set(`${ws.id('nobody')}/quotas/ClusterNodes`, 1)]).toMatchObject([
    [{ status: 'InvalidQuotaBelowClusterMinimum' }],
    [{ status: 'InvalidVMFamilyName' }],
    [{ status: 'Failure' }],
  ]);
  expect(refusalOf(await cluster('two', 2))).toEqual([409, 'ClusterCoreQuotaReached', ['properties.properties.scaleSettings.maxNodeCount']]);
  expect((await ws.arm('GET', `${ws.id('Bounded')}/computes/two`)).status).toBe(404);
  expect((await cluster('two', 1)).status).toBeLessThan(300);
  const entry = async (segment: string) => ((await ws.arm('GET', `${at}/${segment}`)).body['value'] as readonly JsonObject[]).find(({ id }) => String(id).startsWith(ws.id('Bounded')));
  expect(await entry('quotas')).toMatchObject({ limit: 3, unit: 'Count', amlWorkspaceLocation: 'local' });
  await expect.poll(async () => (await entry('usages'))?.['currentValue']).toBe(1);
  expect(await set(quota, -1)).toMatchObject([{ status: 'Success' }]);
  expect((await cluster('three', 4)).status).toBeLessThan(300);
  const [size] = (await ws.arm('GET', `${at}/vmSizes`)).body['value'] as readonly JsonObject[];
  expect(size).toMatchObject({ name: 'LOCAL', gpus: 0, vCPUs: expect.any(Number), memoryGB: expect.any(Number) });
});

test('the first build of an environment makes a container registry, once; a tag policy that forbids it is told by the job', { timeout: 120_000 }, async () => {
  await ws.create('Builder');
  await ws.arm('PUT', `${ws.id('Builder')}/environments/env/versions/1`, { properties: { image: 'python:3', condaFile: 'dependencies: []' } });
  const run = async (name: string): Promise<JsonObject> => {
    const id = `${ws.id('Builder')}/jobs/${name}`;
    const made = await ws.arm('PUT', id, { properties: { jobType: 'Command', command: 'true', environmentId: 'azureml:env:1' } });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    for (;;) {
      const properties = propertiesOf((await ws.arm('GET', id)).body);
      if (['Completed', 'Failed', 'Canceled'].includes(String(properties['status']))) return { status: properties['status'], ...objectAt(properties, 'properties') };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const policy = `${ws.id('x').split('/providers/')[0]}/providers/Microsoft.Authorization/policyAssignments/tags?api-version=2022-06-01`;
  const requireTag = '/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99';
  expect((await ws.arm('PUT', policy, { properties: { policyDefinitionId: requireTag, parameters: { tagName: { value: 'costs' } } } })).status).toBe(201);
  expect(await run('denied')).toMatchObject({ status: 'Failed', statusReasonCode: 'ContainerRegistryCreationFailed', statusReason: expect.stringContaining('RequestDisallowedByPolicy') });
  const after = propertiesOf((await ws.arm('GET', ws.id('Builder'))).body);
  expect([after['provisioningState'], after['containerRegistry']]).toEqual(['Succeeded', undefined]);
  await ws.arm('DELETE', policy);

  const both = await Promise.all([run('first'), run('second')]);
  expect(both.map(({ status }) => status)).toEqual(['Completed', 'Completed']);
  const built = propertiesOf((await ws.arm('GET', ws.id('Builder'))).body);
  const registryId = stringAt(built, 'containerRegistry') ?? '';
  expect(await ws.arm('GET', `${registryId}?api-version=2023-07-01`)).toMatchObject({ status: 200, body: { tags: {}, properties: { adminUserEnabled: true } } });
  expect((await ws.arm('POST', `${ws.id('Builder')}/listKeys`)).body).toMatchObject({ containerRegistryCredentials: { username: registryId.split('/').at(-1) } });
  // A PUT that leaves it out keeps it, as with everything that was made for the workspace.
  await ws.wait('PUT', ws.id('Builder'), { location: 'local', identity: { type: 'SystemAssigned' }, properties: { friendlyName: 'B' } });
  expect(propertiesOf((await ws.arm('GET', ws.id('Builder'))).body)).toMatchObject({ friendlyName: 'B', containerRegistry: registryId });
  expect(codes(await diagnose('Builder'), 'containerRegistryResults')).toEqual([]);

  // Images are built on the compute that was chosen, and on no other.
  await ws.arm('PATCH', ws.id('Builder'), { properties: { imageBuildCompute: 'builders' } });
  expect(await run('nowhere')).toMatchObject({ status: 'Failed', statusReasonCode: 'ImageBuildComputeNotUsable', statusReason: expect.stringContaining("'builders'") });
  await ws.arm('PUT', `${ws.id('Builder')}/computes/builders`, { location: 'local', properties: { computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount: 1 } } } });
  expect(await run('there')).toMatchObject({ status: 'Completed' });
  await ws.arm('DELETE', `${registryId}?api-version=2023-07-01`);
  expect(codes(await diagnose('Builder'), 'containerRegistryResults')).toEqual(['ContainerRegistryNotFound']);
});

test('two workspaces on one storage account keep the files of jobs of one name apart', async () => {
  const { storageAccount } = propertiesOf(await ws.create('First'));
  await ws.create('Second', { properties: { storageAccount } });
  const logOf = async (workspace: string): Promise<string> => {
    const path = `/mlflow/v2.0${ws.id(workspace)}/api/2.0/mlflow-artifacts/artifacts/ExperimentRun/dcid.same/user_logs/std_log.txt`;
    return (await ws.server.send('local.api', { method: 'GET', path, headers: await ws.server.bearer() })).text;
  };
  const containers: unknown[] = [];
  for (const name of ['First', 'Second']) {
    await ws.arm('PUT', `${ws.id(name)}/environments/env/versions/1`, { properties: { image: 'lazurite/local-python' } });
    const put = await ws.arm('PUT', `${ws.id(name)}/jobs/same`, { properties: { jobType: 'Command', command: `echo words of ${name}`, environmentId: `${ws.id(name)}/environments/env/versions/1` } });
    expect([put.status, put.body]).toEqual([201, expect.anything()]);
    await expect.poll(async () => propertiesOf((await ws.arm('GET', `${ws.id(name)}/jobs/same`)).body)['status']).toBe('Completed');
    containers.push(propertiesOf((await ws.arm('GET', `${ws.id(name)}/datastores/workspaceartifactstore`)).body)['containerName']);
  }
  const { workspaceId } = propertiesOf((await ws.arm('GET', ws.id('Second'))).body);
  expect(containers).toEqual(['azureml', `azureml-${String(workspaceId)}`]);
  expect([await logOf('First'), await logOf('Second')]).toEqual([expect.stringContaining('words of First'), expect.stringContaining('words of Second')]);
  expect((await ws.arm('DELETE', `${ws.id('Second')}/jobs/same`)).status).toBeLessThan(300);
  await expect.poll(() => logOf('Second')).not.toContain('words');
  expect(await logOf('First')).toContain('words of First');
});
