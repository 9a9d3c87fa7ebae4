// The unmodified Azure clients against a whole server, over TLS with its own authority and through its CONNECT proxy.
// The tests follow one another: each begins with what the one before left.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isJsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';
import { runClient } from './run-client.ts';

let server: TestServer;
let owner: TestPrincipal;
let reader: TestPrincipal;
let workspaceId = '';
beforeAll(async () => {
  server = await startTestServer();
  owner = { objectId: '', ...server.credential() };
  reader = await server.createPrincipal({ name: 'reader' });
});
afterAll(async () => {
  await server?.stop();
});

describe('the Azure clients', () => {
  test('sign in by secret, by managed identity and by default', async () => {
    const facts = await runClient(server, 'sign-in', { principal: owner });
    const { management } = server.connection.origins;
    const expected = ['secret', 'managedIdentity', 'default'].flatMap((name) =>
      [management, 'https://management.azure.com', 'https://storage.azure.com'].map((audience) => [`${name} ${audience}/.default`, audience]),
    );
    expect(facts['audiences']).toEqual(Object.fromEntries(expected));
    expect(facts['wrong']).toContain('AADSTS7000215');
  });

  test('create a resource group and a workspace, read, change and list them', async () => {
    const facts = await runClient(server, 'workspace', { principal: owner });
    workspaceId = stringAt(facts, 'workspaceId') ?? '';
    expect(facts['existence']).toEqual([false, true]);
    expect(facts['group']).toMatchObject({ name: 'Team-RG', location: 'local', tags: { team: 'vision' }, properties: { provisioningState: 'Succeeded' } });
    expect(facts['patchedGroup']).toMatchObject({ tags: { team: 'speech', stage: 'test' } });
    expect(facts['groups']).toContain('Team-RG');
    expect(facts['registered']).toBe('Registered');
    expect(facts['provider']).toContain('workspaces');
    expect(facts['providers']).toContain('Microsoft.MachineLearningServices');
    expect(facts['created']).toMatchObject({ id: workspaceId, name: 'Lab', location: 'local', provisioningState: 'Succeeded', friendlyName: 'The lab', tags: { a: '1' } });
    expect(objectAt(facts['created'], 'identity')['principalId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(facts['read']).toMatchObject({ id: workspaceId });
    for (const neighbour of ['storageAccount', 'keyVault', 'applicationInsights']) expect(stringAt(facts['read'], neighbour)).toContain('/providers/Microsoft.');
    expect(facts['updated']).toMatchObject({ tags: { b: '2' }, description: 'Changed', friendlyName: 'The lab' });
    expect([facts['inGroup'], facts['inSubscription'], facts['filtered']]).toEqual([[workspaceId], [workspaceId], [workspaceId]]);
    expect(facts['keys']).toEqual({ storage: stringAt(facts['read'], 'storageAccount'), isKey: 64 });
    expect(facts['generic']).toEqual(['Microsoft.Insights/components', 'Microsoft.KeyVault/vaults', 'Microsoft.MachineLearningServices/workspaces', 'Microsoft.Storage/storageAccounts']);
    expect([facts['byId'], facts['exists']]).toEqual([workspaceId, true]);
    expect(facts['missing']).toMatchObject({ status: 404, code: 'ResourceNotFound' });
    expect(facts['outside']).toMatchObject({ status: 404, code: 'ResourceGroupNotFound' });
    expect(facts['badName']).toMatchObject({ status: 400 });
  });

  test('train: data, code, environment, compute, job, logs, outputs, model; cancel and delete another job', async () => {
    const facts = await runClient(server, 'train');
    expect(facts['datastores']).toEqual(expect.arrayContaining(['workspaceartifactstore', 'workspaceblobstore']));
    expect(facts['isLargeSame']).toBe(true);
    expect(facts['dataContainer']).toMatchObject({ dataType: 'uri_folder', latestVersion: '1', nextVersion: '2' });
    expect(facts['compute']).toMatchObject({ computeType: 'AmlCompute', provisioningState: 'Succeeded' });
    expect(facts['computes']).toEqual(['cpu-cluster']);
    expect([facts['states'], facts['log']]).toEqual([expect.arrayContaining(['Completed']), expect.stringContaining(`rows 2 size ${3 * 2 ** 20} rate 0.5 colour teal`)]);
    expect(facts['files']).toEqual(expect.arrayContaining(['outputs/summary.txt', 'user_logs/std_log.txt']));
    // The places of the outputs are known from the start, and what is registered from them is the submitter's.
    const model = `azureml://datastores/workspaceblobstore/paths/azureml/${String(facts['name'])}/model/`;
    expect(facts['placed']).toMatchObject({ model: { uri: model }, default: { uri: `azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.${String(facts['name'])}` } });
    expect(facts['trained']).toMatchObject({ properties: { modelUri: model }, systemData: { createdByType: 'User', createdBy: stringAt(facts['made'], 'createdBy') } });
    expect(facts['summary']).toBe('all well');
    expect(facts['signed']).toBe('weights of 1,2');
    expect(facts['models']).toEqual(['1']);
    expect(facts['canceled']).toBe('Canceled');
    expect(facts['deleteRunning']).toMatchObject({ status: 409 });
    expect(facts['listed']).toBe(true);
    expect(facts['gone']).toMatchObject({ status: 404 });
  });

  test('assign a role: a reader reads and may not write, and learns what would let it', async () => {
    const closed = await runClient(server, 'reader', { principal: reader, variables: { EXPECT: 'closed' } });
    expect(closed['read']).toMatchObject({ status: 403, code: 'AuthorizationFailed' });
    await runClient(server, 'grant', { principal: owner, variables: { GRANTEE: reader.objectId } });
    const facts = await runClient(server, 'reader', { principal: reader });
    expect(facts['read']).toBe('Lab');
    for (const [name, action] of Object.entries({ write: 'workspaces/write', keys: 'workspaces/listKeys/action', secrets: 'workspaces/datastores/listSecrets/action', job: 'workspaces/jobs/write' })) {
      expect(facts[name]).toMatchObject({ status: 403, code: 'AuthorizationFailed' });
      const message = stringAt(facts[name], 'message') ?? '';
      expect(message).toContain(`Microsoft.MachineLearningServices/${action}`);
      expect(message.toLowerCase()).toContain(workspaceId.toLowerCase());
      expect(message).toContain('Contributor');
    }
    expect(facts['group']).toMatchObject({ status: 403 });
    // Azure: a list shows the groups that hold something one may read.
    expect(facts['groups']).toBe(1);
  });

  test('delete the workspace and the resource group; the bytes leave the disk', async () => {
    expect(countFiles('blobs')).toBeGreaterThan(0);
    const facts = await runClient(server, 'remove', { principal: owner });
    expect(facts['workspace']).toMatchObject({ status: 404, code: 'ResourceNotFound' });
    expect(facts['group']).toBe(false);
    await vi.waitFor(() => expect([countFiles('blobs'), countFiles('jobs/attempts')]).toEqual([0, 0]), { timeout: 60_000, interval: 250 });
    const rows = await server.composition.database.pool.query("select type, id from resources where lower(id) like '%team-rg%' and deleted_at is null");
    expect(rows.rows).toEqual([]);
  });

  test('leave no error in the log of the server', () => {
    expect(server.errors()).toEqual([]);
    expect(server.lines.some((line) => line.includes(owner.clientSecret))).toBe(false);
    expect(server.lines.map((line): unknown => JSON.parse(line)).every(isJsonObject)).toBe(true);
  });
});

function countFiles(folder: string): number {
  const path = join(server.connection.dataDir, folder);
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
