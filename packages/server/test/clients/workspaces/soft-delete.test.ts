// Soft delete: a deleted workspace keeps its bytes and its name for 14 days; it is listed, recovered, or purged.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type JsonObject, stringAt } from '#kernel/json.ts';
import { GROUP, propertiesOf, refusalOf, startWorkspaceServer, type WorkspaceServer } from './workspace-server.ts';

let ws: WorkspaceServer;
beforeAll(async () => {
  ws = await startWorkspaceServer();
});
afterAll(async () => {
  const errors = ws?.server.errors();
  await ws?.stop();
  expect(errors).toEqual([]);
});

const deleted = async (): Promise<unknown> => (await ws.arm('GET', `${ws.subscription}/providers/Microsoft.MachineLearningServices/deletedWorkspaces`)).body['value'];

async function run(workspace: string): Promise<string> {
  const mlflow = async (path: string, body: object): Promise<JsonObject> =>
    (await ws.server.send('local.api', { method: 'POST', path: `/mlflow/v2.0${ws.id(workspace)}/api/2.0/mlflow/${path}`, headers: await ws.server.bearer(), body })).json;
  const experiment = stringAt(await mlflow('experiments/create', { name: 'kept' }), 'experiment_id');
  const { run: made } = await mlflow('runs/create', { experiment_id: experiment, start_time: 1 });
  return JSON.stringify(made);
}

function countFiles(): number {
  const path = join(ws.server.connection.dataDir, 'blobs');
  return existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length : 0;
}

test('a deleted workspace is gone for everyone, listed as deleted, and keeps its name', async () => {
  const made = await ws.create('Lab', { tags: { kept: 'yes' }, properties: { friendlyName: 'Mine', publicNetworkAccess: 'Enabled', description: 'as it was' } });
  await ws.arm('PUT', `${ws.id('Lab')}/computes/cluster`, { location: 'local', properties: { computeType: 'AmlCompute', properties: { vmSize: 'LOCAL', scaleSettings: { maxNodeCount: 1 } } } });
  await ws.arm('PUT', `${ws.id('Lab')}/data/one/versions/1`, { properties: { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/d' } });
  expect(await run('Lab')).toContain('run_id');
  const gone = await ws.wait('DELETE', ws.id('Lab'));
  expect([200, 204]).toContain(gone.status);
  expect((await ws.arm('GET', ws.id('Lab'))).status).toBe(404);
  expect((await ws.arm('GET', `${ws.id('Lab')}/datastores`)).status).toBe(404);
  expect(await deleted()).toMatchObject([{ name: 'Lab', kind: 'Default', properties: { workspaceArmId: made['id'], friendlyName: 'Mine', scheduledPurgeDate: expect.any(String) } }]);
  const [first] = Array.isArray(await deleted()) ? ((await deleted()) as readonly JsonObject[]) : [];
  const { deletionDate, scheduledPurgeDate } = propertiesOf(first ?? {});
  expect(Date.parse(String(scheduledPurgeDate)) - Date.parse(String(deletionDate))).toBe(14 * 86_400_000);
  // As the template of `az ml` says that there is no key.
  const encryption = { status: 'Disabled', keyVaultProperties: { keyVaultArmId: '', keyIdentifier: '' } };
  const taken = await ws.arm('PUT', ws.id('lab'), { location: 'local', properties: { encryption, managedNetwork: { isolationMode: 'Disabled' } } });
  expect(refusalOf(taken)).toEqual([409, 'SoftDeletedWorkspaceExists', [made['id']]]);
  expect(JSON.stringify(taken.body)).toContain('forceToPurge=true');
});

test('a PUT that asks for it brings it back with its identity, assets and runs, and without its computes', async () => {
  const back = await ws.wait('PUT', ws.id('lab'), { location: 'local', identity: { type: 'SystemAssigned' }, properties: { allowRecoverSoftDeletedWorkspace: true } });
  expect([back.status, back.body['name']]).toEqual([200, 'Lab']);
  expect(propertiesOf(back.body)['allowRecoverSoftDeletedWorkspace']).toBeUndefined();
  expect([back.body['tags'], propertiesOf(back.body)]).toEqual([{ kept: 'yes' }, expect.objectContaining({ friendlyName: 'Mine', description: 'as it was' })]);
  expect((await ws.arm('GET', `${ws.id('Lab')}/data/one/versions/1`)).status).toBe(200);
  expect((await ws.arm('GET', `${ws.id('Lab')}/datastores`)).body['value']).toHaveLength(4);
  expect((await ws.arm('GET', `${ws.id('Lab')}/computes`)).body['value']).toEqual([]);
  const found = await ws.server.send('local.api', {
    method: 'GET',
    path: `/mlflow/v2.0${ws.id('Lab')}/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept`,
    headers: await ws.server.bearer(),
  });
  expect(found.status).toBe(200);
  expect(await deleted()).toEqual([]);
});

test('what the workspace needs must be there to recover it; purging frees name, rows and bytes', async () => {
  const properties = propertiesOf((await ws.arm('GET', ws.id('Lab'))).body);
  await ws.wait('DELETE', ws.id('Lab'));
  await ws.wait('DELETE', `${stringAt(properties, 'storageAccount')}?api-version=2023-01-01`);
  const refused = await ws.arm('PUT', ws.id('Lab'), { location: 'local', properties: { allowRecoverSoftDeletedWorkspace: true } });
  expect(refusalOf(refused)).toEqual([400, 'DependentResourceNotFound', ['properties.storageAccount']]);
  expect((await ws.arm('DELETE', `${ws.id('lab')}?forceToPurge=true`)).status).toBe(200);
  expect(await deleted()).toEqual([]);
  const rows = await ws.server.composition.database.pool.query("select key from resources where key like '%/workspaces/lab%'");
  expect(rows.rows).toEqual([]);
  expect((await ws.create('Lab'))['name']).toBe('Lab');
});

test('forceToPurge deletes at once for good; deleting the resource group takes soft-deleted ones along', async () => {
  const { storageAccount, workspaceId } = propertiesOf((await ws.arm('GET', ws.id('Lab'))).body);
  const shares = async () => (await ws.arm('GET', `${String(storageAccount)}/fileServices/default/shares?api-version=2023-01-01`)).body['value'];
  expect(await shares()).toEqual(expect.arrayContaining([`azureml-filestore-${String(workspaceId)}`, `code-${String(workspaceId)}`].map((name) => expect.objectContaining({ name }))));
  await ws.wait('DELETE', `${ws.id('Lab')}?forceToPurge=true`);
  expect(JSON.stringify(await shares())).not.toContain(String(workspaceId));
  expect(await deleted()).toEqual([]);
  await ws.create('Second');
  expect(await run('Second')).toContain('run_id');
  await ws.wait('DELETE', ws.id('Second'));
  expect(await deleted()).toMatchObject([{ name: 'Second' }]);
  await ws.wait('DELETE', `${ws.subscription}/resourceGroups/${GROUP}?api-version=2022-09-01`);
  expect(await deleted()).toEqual([]);
  await vi.waitFor(async () => {
    const tracked = await ws.server.composition.database.pool.query(
      'select (select count(*) from runs)::int as runs, (select count(*) from experiments)::int as experiments, (select count(*) from file_shares)::int as shares',
    );
    expect([tracked.rows[0], countFiles()]).toEqual([{ runs: 0, experiments: 0, shares: 0 }, 0]);
  });
});
