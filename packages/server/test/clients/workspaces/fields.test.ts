// The workspace field by field: defaults, replacement, merging, what cannot change, kinds, and what each api-version knows.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { propertiesOf, refusalOf, startWorkspaceServer, type WorkspaceServer } from './workspace-server.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let ws: WorkspaceServer;
beforeAll(async () => {
  ws = await startWorkspaceServer();
});
afterAll(async () => {
  const errors = ws?.server.errors();
  await ws?.stop();
  expect(errors).toEqual([]);
});

const body = (properties: JsonObject = {}, others: JsonObject = {}): JsonObject => ({ location: 'local', identity: { type: 'SystemAssigned' }, ...others, properties });

describe('a workspace', () => {
  test('has what clients cannot do without, and nothing that was not asked for', async () => {
    const made = await ws.create('Plain');
    expect(made).toMatchObject({ kind: 'Default', sku: { name: 'Basic', tier: 'Basic' }, identity: { type: 'SystemAssigned', principalId: expect.stringMatching(GUID) }, tags: {} });
    const properties = propertiesOf(made);
    expect(properties).toMatchObject({
      publicNetworkAccess: 'Enabled',
      systemDatastoresAuthMode: 'AccessKey',
      hbiWorkspace: false,
      v1LegacyMode: false,
      allowPublicAccessWhenBehindVnet: false,
      workspaceId: expect.stringMatching(GUID),
      discoveryUrl: expect.stringContaining('/discovery'),
      provisioningState: 'Succeeded',
    });
    const invented = ['friendlyName', 'description', 'containerRegistry', 'imageBuildCompute', 'serverlessComputeSettings', 'encryption', 'featureStoreSettings', 'managedNetwork', 'madeNeighbours'];
    expect(invented.filter((name) => name in properties)).toEqual([]);
  });

  test('is replaced by PUT, with everything that GET gave sent back', async () => {
    const got = (await ws.arm('GET', ws.id('Plain'))).body;
    const full = { ...propertiesOf(got), friendlyName: 'A', description: 'B', imageBuildCompute: 'cpu', serverlessComputeSettings: { serverlessComputeNoPublicIP: false } };
    const put = await ws.arm('PUT', ws.id('Plain'), { ...got, tags: { a: '1' }, properties: full });
    expect([put.status, propertiesOf(put.body)]).toEqual([
      200,
      expect.objectContaining({ friendlyName: 'A', description: 'B', imageBuildCompute: 'cpu', serverlessComputeSettings: { serverlessComputeNoPublicIP: false } }),
    ]);
    const { serverlessComputeSettings: _left, ...less } = propertiesOf(put.body);
    const cleared = await ws.arm('PUT', ws.id('PLAIN'), { ...put.body, properties: { ...less, description: '' } });
    expect(Object.keys(propertiesOf(cleared.body)).filter((name) => ['description', 'serverlessComputeSettings'].includes(name))).toEqual([]);
    expect(propertiesOf(cleared.body)).toMatchObject({ friendlyName: 'A', storageAccount: propertiesOf(got)['storageAccount'] });
  });

  test('is merged by PATCH, where an empty string clears', async () => {
    const patched = await ws.arm('PATCH', ws.id('Plain'), { tags: { b: '2' }, properties: { description: 'kept', publicNetworkAccess: 'disabled', friendlyName: '' } });
    expect(patched.body['tags']).toEqual({ b: '2' });
    expect(propertiesOf(patched.body)).toMatchObject({ description: 'kept', publicNetworkAccess: 'Disabled', imageBuildCompute: 'cpu' });
    expect(propertiesOf(patched.body)['friendlyName']).toBeUndefined();
    await ws.arm('PATCH', ws.id('Plain'), { properties: { publicNetworkAccess: 'Enabled' } });
  });

  test('takes bodies as templates write them: strings for flags, other letter case, empty strings and objects', async () => {
    const encryption = { status: 'Disabled', keyVaultProperties: { keyVaultArmId: '', keyIdentifier: '' }, cosmosDbArmId: '' };
    const templated = {
      FriendlyName: 'T',
      hbiWorkspace: 'false',
      v1LegacyMode: 'True',
      containerRegistry: '',
      managedNetwork: {},
      featureStoreSettings: { computeruntime: { SparkRuntimeVersion: '' } },
      encryption,
      existingWorkspaces: [],
      softDeleteEnabled: 'false',
    };
    const made = propertiesOf(await ws.create('templated', { kind: 'default', properties: templated }));
    expect(made).toMatchObject({ friendlyName: 'T', hbiWorkspace: false, v1LegacyMode: true });
    expect(['containerRegistry', 'managedNetwork', 'featureStoreSettings', 'encryption', 'existingWorkspaces', 'softDeleteEnabled'].filter((name) => name in made)).toEqual([]);
  });

  test('refuses a wrong value with 400 and names every property', async () => {
    const wrong = await ws.arm('PUT', ws.id('wrong'), body({ publicNetworkAccess: 'Perhaps', hbiWorkspace: 'maybe', managedNetwork: { isolationMode: 'Loose' } }));
    expect(refusalOf(wrong)).toEqual([400, 'ValidationError', expect.arrayContaining(['properties.publicNetworkAccess', 'properties.hbiWorkspace', 'properties.managedNetwork.isolationMode'])]);
    const others = await ws.arm('PUT', ws.id('wrong'), body({ primaryUserAssignedIdentity: '/x' }, { kind: 'Shed', sku: { tier: 'Gold' } }));
    expect(refusalOf(others)).toEqual([400, 'ValidationError', ['kind', 'sku.name', 'sku.tier', 'properties.primaryUserAssignedIdentity']]);
    expect((await ws.arm('GET', ws.id('wrong'))).status).toBe(404);
  });

  test('refuses changes of what is fixed, and ignores letter case in ids', async () => {
    const got = (await ws.arm('GET', ws.id('Plain'))).body;
    const properties = propertiesOf(got);
    const put = (change: JsonObject) => ws.arm('PUT', ws.id('Plain'), { ...got, properties: { ...properties, ...change } });
    for (const name of ['storageAccount', 'keyVault']) expect(refusalOf(await put({ [name]: `${stringAt(properties, name)}x` }))).toEqual([400, 'PropertyChangeNotAllowed', [`properties.${name}`]]);
    expect(refusalOf(await put({ hbiWorkspace: true }))).toEqual([400, 'PropertyChangeNotAllowed', ['properties.hbiWorkspace']]);
    expect(refusalOf(await ws.arm('PUT', ws.id('Plain'), { ...got, location: 'elsewhere' }))).toEqual([409, 'InvalidResourceLocation', ['location']]);
    const same = await put({ storageAccount: stringAt(properties, 'storageAccount')?.toUpperCase(), keyVault: stringAt(properties, 'keyVault')?.toLowerCase() });
    expect([same.status, propertiesOf(same.body)]).toEqual([200, properties]);
  });

  test('in v1 legacy mode keeps the v2 API out of what is in it, and lets computes and itself be managed', async () => {
    await ws.create('legacy', { properties: { v1LegacyMode: true } });
    const at = ws.id('legacy');
    const job = { properties: { jobType: 'Command', command: 'true', environmentId: 'azureml:e:1' } };
    const refused = await Promise.all([
      ws.arm('GET', `${at}/jobs`),
      ws.arm('PUT', `${at}/jobs/one`, job),
      ws.arm('GET', `${at}/datastores/workspaceblobstore`),
      ws.arm('POST', `${at}/datastores/workspaceblobstore/listSecrets`),
      ws.arm('DELETE', `${at}/models/m/versions/1`),
      ws.arm('PUT', `${at}/environments/e/versions/1`, { properties: { image: 'x' } }),
    ]);
    expect(refused.map(refusalOf)).toEqual(refused.map(() => [400, 'V1LegacyModeEnabled', ['properties.v1LegacyMode']]));
    const kept = await Promise.all([ws.arm('GET', at), ws.arm('GET', `${at}/computes`), ws.arm('POST', `${at}/listKeys`), ws.arm('GET', `${at}/connections`)]);
    expect(kept.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await ws.arm('PATCH', at, { properties: { v1LegacyMode: false } });
    expect((await ws.arm('GET', `${at}/datastores/workspaceblobstore`)).status).toBe(200);
  });

  test('names a subnet for serverless compute that is there, and none without public addresses in no network', async () => {
    const settings = (serverlessComputeSettings: JsonObject) => ws.arm('PATCH', ws.id('Plain'), { properties: { serverlessComputeSettings } });
    const at = 'properties.serverlessComputeSettings';
    expect(refusalOf(await settings({ serverlessComputeNoPublicIP: true }))).toEqual([400, 'ValidationError', [`${at}.serverlessComputeNoPublicIP`]]);
    const network = ws.neighbour('Microsoft.Network/virtualNetworks', 'serverless');
    const subnet = `${network}/subnets/jobs`;
    expect(refusalOf(await settings({ serverlessComputeCustomSubnet: subnet }))).toEqual([400, 'SubnetNotFound', [`${at}.serverlessComputeCustomSubnet`]]);
    await ws.arm('PUT', `${network}?api-version=2024-05-01`, { location: 'local', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } });
    await ws.arm('PUT', `${subnet}?api-version=2024-05-01`, { properties: { addressPrefix: '10.0.1.0/24' } });
    const there = { serverlessComputeCustomSubnet: subnet, serverlessComputeNoPublicIP: true };
    expect(propertiesOf((await settings(there)).body)).toMatchObject({ serverlessComputeSettings: there });
    // The subnet stays while the workspace names it.
    expect(refusalOf(await ws.arm('DELETE', `${subnet}?api-version=2024-05-01`))).toEqual([400, 'InUseSubnetCannotBeDeleted', [subnet]]);
    await ws.create('jobsinsubnet', { properties: { serverlessComputeSettings: there } });
    await settings({ serverlessComputeCustomSubnet: null, serverlessComputeNoPublicIP: false });
    expect(refusalOf(await ws.arm('DELETE', `${subnet}?api-version=2024-05-01`))).toEqual([400, 'InUseSubnetCannotBeDeleted', [subnet]]);
    await ws.arm('DELETE', ws.id('jobsinsubnet'));
    await expect.poll(async () => (await ws.arm('DELETE', `${subnet}?api-version=2024-05-01`)).status, { timeout: 30_000 }).toBeLessThan(300);
  });

  test('hides from an older api-version what that does not know, and keeps it from being undone', async () => {
    await ws.create('versions', {
      properties: { systemDatastoresAuthMode: 'AccessKey', serverlessComputeSettings: { serverlessComputeNoPublicIP: false }, enableDataIsolation: true, description: 'd' },
    });
    const known = async (version: string) => {
      const properties = propertiesOf((await ws.arm('GET', ws.id('versions'), undefined, { version })).body);
      return ['systemDatastoresAuthMode', 'serverlessComputeSettings', 'enableDataIsolation', 'description'].filter((name) => name in properties);
    };
    expect(await known('2023-04-01')).toEqual(['description']);
    expect(await known('2023-10-01')).toEqual(['enableDataIsolation', 'description']);
    expect(await known('2024-10-01')).toEqual(['serverlessComputeSettings', 'enableDataIsolation', 'description']);
    expect(await known('2025-06-01')).toEqual(['systemDatastoresAuthMode', 'serverlessComputeSettings', 'enableDataIsolation', 'description']);
    // The version of the templates of azure-ai-ml and `az ml`.
    expect(await known('2023-08-01-preview')).toEqual(['systemDatastoresAuthMode', 'serverlessComputeSettings', 'enableDataIsolation', 'description']);
    await ws.arm('PUT', ws.id('versions'), body({ description: 'older' }), { version: '2023-04-01' });
    expect(propertiesOf((await ws.arm('GET', ws.id('versions'))).body)).toMatchObject({
      description: 'older',
      serverlessComputeSettings: { serverlessComputeNoPublicIP: false },
      enableDataIsolation: true,
    });
  });
});

describe('neighbours of a workspace', () => {
  const account = (name: string, change: JsonObject = {}) =>
    ws.wait('PUT', `${ws.neighbour('Microsoft.Storage/storageAccounts', name)}?api-version=2023-01-01`, { location: 'local', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, ...change });

  test('that do not fit are refused by name', async () => {
    await account('acctpremium', { sku: { name: 'Premium_LRS' } });
    await account('acctblobonly', { kind: 'BlobStorage', properties: { accessTier: 'Hot' } });
    await account('acctlake', { properties: { isHnsEnabled: true } });
    for (const name of ['acctpremium', 'acctblobonly', 'acctlake', 'acctmissing']) {
      const refused = await ws.arm('PUT', ws.id('misfit'), body({ storageAccount: ws.neighbour('Microsoft.Storage/storageAccounts', name) }));
      expect(refusalOf(refused)).toEqual([400, 'ValidationError', ['properties.storageAccount']]);
    }
    const vault = await ws.arm('PUT', ws.id('misfit'), body({ keyVault: ws.neighbour('Microsoft.Storage/storageAccounts', 'acctpremium'), applicationInsights: 'nonsense' }));
    expect(refusalOf(vault)).toEqual([400, 'ValidationError', ['properties.keyVault', 'properties.applicationInsights']]);
  });

  test('of a feature store may have a hierarchical namespace, as its template makes them', async () => {
    const storageAccount = ws.neighbour('Microsoft.Storage/storageAccounts', 'acctlake');
    const made = await ws.create('lakes', { kind: 'FeatureStore', properties: { storageAccount } });
    expect(propertiesOf(made)).toMatchObject({ storageAccount, provisioningState: 'Succeeded' });
    const { body: said } = await ws.wait('POST', `${ws.id('lakes')}/diagnose`, {});
    expect(JSON.stringify(said)).not.toContain('StorageAccountHnsEnabled');
  });

  test('are linked only by those who may use them', async () => {
    await account('acctprivate');
    const maker = await ws.server.createPrincipal({ roles: ['contributor'], scope: ws.id('linked') });
    const refused = await ws.arm('PUT', ws.id('linked'), body({ storageAccount: ws.neighbour('Microsoft.Storage/storageAccounts', 'acctprivate') }), { as: maker });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([403, expect.stringContaining('Microsoft.Storage/storageAccounts/listKeys/action')]);
  });

  test('Application Insights made with the workspace and deleted is not made or replaced again', async () => {
    const made = propertiesOf(await ws.create('insightless'));
    const insights = stringAt(made, 'applicationInsights') ?? '';
    await ws.wait('DELETE', `${insights}?api-version=2020-02-02`);
    const same = await ws.arm('PUT', ws.id('insightless'), body({ ...made, description: 'still there' }));
    expect([same.status, propertiesOf(same.body)['applicationInsights']]).toEqual([200, insights]);
    const other = ws.neighbour('Microsoft.Insights/components', 'another');
    await ws.arm('PUT', `${other}?api-version=2020-02-02`, { location: 'local', kind: 'web', properties: { Application_Type: 'web' } });
    expect(refusalOf(await ws.arm('PATCH', ws.id('insightless'), { properties: { applicationInsights: other } }))).toEqual([
      400,
      'ApplicationInsightsCannotBeRecreated',
      ['properties.applicationInsights'],
    ]);
  });
});

describe('kinds', () => {
  test('a feature store becomes a workspace, loses its settings, and comes back', async () => {
    const settings = { computeRuntime: { sparkRuntimeVersion: '3.4' }, offlineStoreConnectionName: 'off' };
    const made = await ws.create('features', { kind: 'featurestore', properties: { featureStoreSettings: settings } });
    expect([made['kind'], propertiesOf(made)['featureStoreSettings']]).toEqual(['FeatureStore', settings]);
    const plain = await ws.arm('PUT', ws.id('features'), { ...made, kind: 'Default' });
    expect([plain.body['kind'], propertiesOf(plain.body)['featureStoreSettings']]).toEqual(['Default', undefined]);
    const back = await ws.arm('PUT', ws.id('features'), { ...made, kind: 'FeatureStore' });
    expect([back.body['kind'], propertiesOf(back.body)['featureStoreSettings']]).toEqual(['FeatureStore', settings]);
    expect(refusalOf(await ws.arm('PUT', ws.id('features'), { ...made, kind: 'Hub' }))).toEqual([400, 'PropertyChangeNotAllowed', ['kind']]);
  });

  test('a project shares what its hub has, follows its changes, and holds it in place', async () => {
    const hub = await ws.create('Hub1', { kind: 'Hub' });
    expect(propertiesOf(hub)).toMatchObject({ associatedWorkspaces: [] });
    expect(propertiesOf(hub)['applicationInsights']).toBeUndefined();
    const project = await ws.create('Project1', { kind: 'project', properties: { hubResourceId: hub['id'] ?? '', friendlyName: 'P' } });
    expect(project['kind']).toBe('Project');
    for (const name of ['storageAccount', 'keyVault', 'publicNetworkAccess']) expect(propertiesOf(project)[name]).toBe(propertiesOf(hub)[name]);
    expect(propertiesOf((await ws.arm('GET', ws.id('hub1'))).body)['associatedWorkspaces']).toEqual([project['id']]);
    await ws.arm('PATCH', ws.id('Hub1'), { properties: { publicNetworkAccess: 'Disabled' } });
    expect(propertiesOf((await ws.arm('GET', ws.id('Project1'))).body)['publicNetworkAccess']).toBe('Disabled');
    await ws.arm('PATCH', ws.id('Hub1'), { properties: { publicNetworkAccess: 'Enabled' } });
    const kept = await ws.arm('PUT', ws.id('Project1'), { location: 'local', kind: 'Project', identity: { type: 'SystemAssigned' }, properties: { hubResourceId: hub['id'], description: 'changed' } });
    // Without an identity of its own it has none; a workspace of another kind has one.
    const bare = await ws.wait('PUT', ws.id('Bare'), { location: 'local', kind: 'Project', properties: { hubResourceId: hub['id'] } });
    expect([bare.body['kind'], bare.body['identity']]).toEqual(['Project', undefined]);
    await ws.wait('DELETE', `${ws.id('Bare')}?forceToPurge=true`);
    expect(propertiesOf(kept.body)).toMatchObject({ description: 'changed', storageAccount: propertiesOf(hub)['storageAccount'], publicNetworkAccess: 'Enabled' });

    // Shared connections are read in the project, its own of the same name hides them, and the hub's are changed in the hub only.
    const connection = (target: string, isSharedToAll: boolean) => ({ properties: { authType: 'ApiKey', category: 'OpenAI', target, isSharedToAll, credentials: { key: `key of ${target}` } } });
    await ws.arm('PUT', `${ws.id('Hub1')}/connections/forall`, connection('hub', true));
    await ws.arm('PUT', `${ws.id('Hub1')}/connections/hubonly`, connection('hub', false));
    await ws.arm('PUT', `${ws.id('Project1')}/connections/mine`, connection('project', false));
    const connections = async () => {
      const { value } = (await ws.arm('GET', `${ws.id('Project1')}/connections`)).body;
      return (Array.isArray(value) ? value : []).map((one) => [stringAt(one, 'name'), stringAt(objectAt(one, 'properties'), 'target')]);
    };
    expect(await connections()).toEqual([
      ['mine', 'project'],
      ['forall', 'hub'],
    ]);
    expect(propertiesOf((await ws.arm('GET', `${ws.id('Project1')}/connections/forall`)).body)).toMatchObject({ target: 'hub', createdByWorkspaceArmId: hub['id'] });
    expect(propertiesOf((await ws.arm('POST', `${ws.id('Project1')}/connections/forall/listsecrets`)).body)).toMatchObject({ credentials: { key: 'key of hub' } });
    expect((await ws.arm('GET', `${ws.id('Project1')}/connections/hubonly`)).status).toBe(404);
    expect((await ws.arm('DELETE', `${ws.id('Project1')}/connections/forall`)).status).toBe(204);
    await ws.arm('PUT', `${ws.id('Project1')}/connections/forall`, connection('project', false));
    expect(await connections()).toEqual([
      ['mine', 'project'],
      ['forall', 'project'],
    ]);
    expect(propertiesOf((await ws.arm('GET', `${ws.id('Hub1')}/connections/forall`)).body)).toMatchObject({ target: 'hub' });

    // Datastores are the project's own, in containers of its own on the hub's account.
    const store = propertiesOf((await ws.arm('GET', `${ws.id('Project1')}/datastores/workspaceblobstore`)).body);
    expect(store).toMatchObject({
      accountName: stringAt(propertiesOf(hub), 'storageAccount')?.split('/').at(-1),
      containerName: `azureml-blobstore-${stringAt(propertiesOf(project), 'workspaceId')}`,
    });

    // Its jobs run on the hub's computes, under either id; those of others stay closed, and what stops them is the hub's.
    const cluster = { location: 'local', properties: { computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount: 1 } } } };
    await ws.arm('PUT', `${ws.id('Hub1')}/computes/shared`, cluster);
    await ws.arm('PUT', `${ws.id('Plain')}/computes/others`, cluster);
    expect((await ws.arm('GET', `${ws.id('Project1')}/computes/shared`)).body).toMatchObject({ id: `${String(hub['id'])}/computes/shared` });
    expect((await ws.arm('GET', `${ws.id('Project1')}/computes`)).body['value']).toMatchObject([{ name: 'shared' }]);
    expect((await ws.arm('POST', `${ws.id('Project1')}/computes/shared/restart`)).status).toBe(404);
    await ws.arm('PUT', `${ws.id('Project1')}/environments/e/versions/1`, { properties: { image: 'python:3' } });
    const run = (name: string, computeId: string) =>
      ws.arm('PUT', `${ws.id('Project1')}/jobs/${name}`, { properties: { jobType: 'Command', command: 'sleep 600', environmentId: 'azureml:e:1', computeId } });
    expect((await run('by-own-id', `${ws.id('Project1')}/computes/shared`)).status).toBe(201);
    expect((await run('by-hub-id', `${ws.id('Hub1')}/computes/shared`)).status).toBe(201);
    expect(refusalOf(await run('elsewhere', `${ws.id('Plain')}/computes/others`))).toEqual([400, 'ComputeOutsideWorkspace', ['properties.computeId']]);
    expect(refusalOf(await run('nowhere', `${ws.id('Project1')}/computes/none`))).toEqual([400, 'ComputeNotFound', ['properties.computeId']]);
    // Clusters may be called what Terraform's own tests call them; instances have a narrower rule.
    const instance = { location: 'local', properties: { computeType: 'ComputeInstance', properties: { vmSize: 'STANDARD_DS2_V2' } } };
    const userAccountCredentials = { adminUserName: 'az', adminUserSshPublicKey: 'ssh-rsa AAAA', adminUserPassword: '' };
    const withKey = { location: 'local', properties: { computeType: 'AmlCompute', properties: { scaleSettings: { maxNodeCount: 1 }, userAccountCredentials } } };
    expect((await ws.arm('PUT', `${ws.id('Hub1')}/computes/CC-26112213`, withKey)).status).toBe(201);
    expect((await ws.arm('PUT', `${ws.id('Hub1')}/computes/CC-26112213`, withKey)).status).toBe(200);
    expect(refusalOf(await ws.arm('PUT', `${ws.id('Hub1')}/computes/CI-26112213`, instance))).toEqual([400, 'InvalidResourceName', ['name']]);
    for (const name of ['by-own-id', 'by-hub-id']) await ws.wait('POST', `${ws.id('Project1')}/jobs/${name}/cancel`);

    expect(refusalOf(await ws.arm('DELETE', ws.id('Hub1')))).toEqual([409, 'HubHasProjects', [hub['id']]]);
    expect(refusalOf(await ws.arm('PUT', ws.id('lost'), body({}, { kind: 'Project' })))).toEqual([400, 'ValidationError', ['properties.hubResourceId']]);
    expect(refusalOf(await ws.arm('PUT', ws.id('lost'), body({ hubResourceId: ws.id('Plain') }, { kind: 'Project' })))).toEqual([400, 'ValidationError', ['properties.hubResourceId']]);
    const kinds = async (kind: string) => (await ws.arm('GET', `${ws.id('').slice(0, -1)}?kind=${kind}`)).body['value'];
    expect(await kinds('hub,project')).toMatchObject([{ name: 'Hub1' }, { name: 'Project1' }]);
  });
});
