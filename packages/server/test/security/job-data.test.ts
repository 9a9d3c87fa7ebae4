// What a job may reach on behalf of the one who submitted it: no data of other workspaces, no address of this machine.
// Symptom guarded: the server fetched inputs and wrote outputs with its own rights, wherever a reference led.

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '#kernel/json.ts';
import { objectAt, stringAt } from '#kernel/json.ts';
import type { RawAnswer } from '../../../testkit/src/raw-request.ts';
import type { TestPrincipal } from '../../../testkit/src/test-server.ts';
import { ML_VERSION, startWorld, type World } from './world.ts';

let world: World;
/** Data scientist of the first workspace, nothing in the second. */
let scientist: TestPrincipal;
let listener: Server;
let listenerPort = 0;
const heard: string[] = [];
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  scientist = await world.server.createPrincipal({ name: 'scientist of one', roles: ['dataScientist'], scope: world.workspace });
  listener = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.end('internal');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  listenerPort = typeof address === 'object' && address !== null ? address.port : 0;
  for (const [account, container] of [
    [world.account, world.container],
    [world.otherAccount, world.otherContainer],
  ] as const) {
    const put = await world.server.send(`${account}.blob`, {
      method: 'PUT',
      path: `/${container}/data/secret.txt`,
      headers: { ...world.storage.owner, 'x-ms-version': '2024-11-04', 'x-ms-blob-type': 'BlockBlob' },
      body: `secret of ${account}`,
    });
    if (put.status !== 201) throw new Error(put.text);
  }
});
afterAll(async () => {
  listener?.close();
  await world?.server.stop();
});

/** Submits as the scientist and waits for the end; the answer of a refused submission otherwise. */
async function run(properties: JsonObject, as: TestPrincipal | 'owner' = scientist): Promise<{ readonly status: string; readonly text: string }> {
  const headers = as === 'owner' ? world.arm.owner : await world.server.bearer(as);
  const name = `reach_${(count += 1)}`;
  const call = (method: string, body?: object): Promise<RawAnswer> => world.server.send('management', { method, path: `${world.job(name)}?${ML_VERSION}`, headers, body });
  const put = await call('PUT', { properties: { jobType: 'Command', command: 'cat ${{inputs.data}}', environmentId: `${world.workspace}/environments/env/versions/1`, ...properties } });
  if (put.status >= 500) throw new Error(`${put.text} ${world.server.errors().join('')}`);
  if (put.status >= 300) return { status: `refused ${put.status}`, text: put.text };
  for (;;) {
    const answer = await call('GET');
    const status = stringAt(answer.json['properties'], 'status') ?? '';
    if (['Completed', 'Failed', 'Canceled'].includes(status)) return { status, text: stringAt(objectAt(objectAt(answer.json, 'properties'), 'properties'), 'statusReason') ?? '' };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const input = (uri: string): JsonObject => ({ inputs: { data: { jobInputType: 'uri_file', uri, mode: 'Download' } } });
const put = async (path: string, properties: JsonObject): Promise<RawAnswer> =>
  world.server.send('management', { method: 'PUT', path: `${world.workspace}/${path}?${ML_VERSION}`, headers: await world.server.bearer(scientist), body: { properties } });

describe('data of another workspace', () => {
  const foreign = () => `${world.server.composition.names.storageEndpoint(world.otherAccount, 'blob')}/${world.otherContainer}/data/secret.txt`;

  test('is no input by address, datastore, or asset; data of the own workspace is', async () => {
    expect(await run(input('azureml://datastores/workspaceblobstore/paths/data/secret.txt'))).toMatchObject({ status: 'Completed' });
    expect(await run(input(`${world.server.composition.names.storageEndpoint(world.account, 'blob')}/${world.container}/data/secret.txt`))).toMatchObject({ status: 'Completed' });
    // A datastore without the key of the account, and one with a wrong key.
    const borrowed = { datastoreType: 'AzureBlob', accountName: world.otherAccount, containerName: world.otherContainer };
    await world.put(`${world.workspace}/datastores/borrowed?${ML_VERSION}`, { properties: { ...borrowed, credentials: { credentialsType: 'None' } } });
    await world.put(`${world.workspace}/datastores/guessed?${ML_VERSION}&skipValidation=true`, {
      properties: { ...borrowed, credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: Buffer.alloc(64, 1).toString('base64') } } },
    });
    await put('data/borrowed/versions/1', { dataType: 'uri_file', dataUri: foreign() });
    await world.put(`${world.other}/data/theirs/versions/1?${ML_VERSION}`, { properties: { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/data/secret.txt' } });
    for (const uri of [
      foreign(),
      'azureml://datastores/borrowed/paths/data/secret.txt',
      'azureml://datastores/guessed/paths/data/secret.txt',
      `azureml:/${world.other}/datastores/workspaceblobstore/paths/data/secret.txt`,
      'azureml:borrowed:1',
      `${world.other}/data/theirs/versions/1`,
    ]) {
      const { status, text } = await run(input(uri));
      expect([uri, status, text]).toEqual([uri, 'Failed', expect.stringMatching(/does not have authorization|another workspace|no data version|is not a place/)]);
    }
    // The owner of the machine may read both.
    expect(await run(input(foreign()), 'owner')).toMatchObject({ status: 'Completed' });
  }, 120_000);

  test('is no place for outputs', async () => {
    const { status, text } = await run({
      command: 'echo x > ${{outputs.out}}/secret.txt',
      outputs: { out: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', uri: foreign().replace('secret.txt', '') } },
    });
    expect([status, text]).toEqual(['Failed', expect.stringContaining('does not have authorization')]);
    const kept = await world.server.send(`${world.otherAccount}.blob`, {
      method: 'GET',
      path: `/${world.otherContainer}/data/secret.txt`,
      headers: { ...world.storage.owner, 'x-ms-version': '2024-11-04' },
    });
    expect(kept.text).toBe(`secret of ${world.otherAccount}`);
  });

  test('is no model that MLflow hands out', async () => {
    const uri = `azureml:/${world.other}/datastores/workspaceblobstore/paths/data`;
    for (const [name, modelUri] of Object.entries({ far: uri, near: 'azureml://datastores/borrowed/paths/data' })) {
      await put(`models/${name}/versions/1`, { modelType: 'custom_model', modelUri });
      const answer = await world.server.send('localhost', {
        method: 'GET',
        path: `/mlflow/v2.0${world.workspace}/api/2.0/mlflow-artifacts/artifacts/Models/${name}/1/secret.txt`,
        headers: await world.server.bearer(scientist),
      });
      expect([name, answer.status, answer.text.includes('secret of')]).toEqual([name, 404, false]);
    }
  });
});

describe('files behind outputs and assets', () => {
  const ask = async (as: TestPrincipal, path: string): Promise<RawAnswer> =>
    world.server.send('localhost', { method: 'GET', path: `/api/studio${world.workspace}/${path}`, headers: await world.server.bearer(as) });
  const pathsIn = (answer: RawAnswer): unknown => (Array.isArray(answer.json['artifacts']) ? answer.json['artifacts'].map((entry: unknown) => stringAt(entry, 'path')) : answer.text);

  test('are shown from storage of the own workspace: one file, a folder, a share', async () => {
    await put('data/mine/versions/1', { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/data/secret.txt' });
    expect(pathsIn(await ask(scientist, 'data/mine/versions/1/artifacts'))).toEqual(['secret.txt']);
    expect((await ask(scientist, 'data/mine/versions/1/content?path=secret.txt&offset=0&limit=6')).text).toBe('secret');
    const link = await ask(scientist, 'data/mine/versions/1/downloadLink?path=secret.txt');
    const file = await world.server.send('localhost', { method: 'GET', path: stringAt(link.json, 'url') ?? '' });
    expect([file.status, file.text]).toEqual([200, `secret of ${world.account}`]);
    const outputs = {
      out: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', uri: 'azureml://datastores/workspacefilestore/paths/shown/' },
      one: { jobOutputType: 'uri_file', mode: 'ReadWriteMount' },
    };
    const written = 'mkdir ${{outputs.out}}/deep && echo shared > ${{outputs.out}}/deep/a.txt && echo b > ${{outputs.out}}/b.txt && echo one > ${{outputs.one}}';
    expect(await run({ command: written, outputs })).toMatchObject({ status: 'Completed' });
    const job = `runs/reach_${count}`;
    expect(pathsIn(await ask(scientist, `${job}/outputs/out/artifacts`))).toEqual(expect.arrayContaining(['deep', 'b.txt']));
    expect(pathsIn(await ask(scientist, `${job}/outputs/out/artifacts?path=deep`))).toEqual(['deep/a.txt']);
    expect((await ask(scientist, `${job}/outputs/out/content?path=deep%2Fa.txt`)).text).toBe('shared\n');
    expect(pathsIn(await ask(scientist, `${job}/outputs/one/artifacts`))).toEqual(['one']);
    expect((await ask(scientist, `${job}/outputs/one/content?path=one`)).text).toBe('one\n');
    expect((await ask(scientist, `${job}/outputs/nothing/artifacts`)).status).toBe(404);
    for (const climb of ['..', '../b.txt', 'deep/../../x', '%252e%252e', '/etc/passwd']) {
      for (const call of ['artifacts', 'content']) expect([climb, call, (await ask(scientist, `${job}/outputs/out/${call}?path=${climb}`)).status]).toEqual([climb, call, 400]);
    }
  }, 120_000);

  test('are not shown to who may only read, but for models; nor from another workspace to anybody without a role there', async () => {
    const reader = await world.server.createPrincipal({ name: 'reader of one', roles: ['reader'], scope: world.workspace });
    await put('models/mine/versions/1', { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/data' });
    expect(pathsIn(await ask(reader, 'models/mine/versions/1/artifacts'))).toEqual(['secret.txt']);
    const refused = await ask(reader, 'data/mine/versions/1/artifacts');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('datastores/listSecrets/action')]);
    for (const asset of ['data/borrowed', 'models/far', 'models/near']) {
      for (const call of ['artifacts', 'content?path=secret.txt', 'downloadLink?path=secret.txt']) {
        const answer = await ask(scientist, `${asset}/versions/1/${call}`);
        expect([asset, call, answer.status, answer.text.includes('secret of')]).toEqual([asset, call, 403, false]);
      }
    }
    await put('data/outside/versions/1', { dataType: 'uri_file', dataUri: 'https://example.com/a.csv' });
    const outside = await ask(scientist, 'data/outside/versions/1/artifacts');
    expect([outside.status, outside.text]).toEqual([501, expect.stringContaining('https://example.com/a.csv')]);
  });
});

describe('addresses of this machine and its network', () => {
  test('are not fetched, however they are written', async () => {
    const { port } = world.server.connection;
    for (const uri of [
      `http://127.0.0.1:${listenerPort}/a`,
      `http://localhost:${listenerPort}/a`,
      `http://2130706433:${listenerPort}/a`,
      `http://0x7f.1:${listenerPort}/a`,
      `http://[::1]:${listenerPort}/a`,
      `http://[::ffff:127.0.0.1]:${listenerPort}/a`,
      `http://0.0.0.0:${listenerPort}/a`,
      `http://127.0.0.1:${port}/metrics`,
      'http://169.254.169.254/latest/meta-data/',
      'http://[fe80::1]/',
      'file:///etc/passwd',
      '/etc/passwd',
    ]) {
      const { status, text } = await run(input(uri));
      expect([uri, status, text]).toEqual([uri, 'Failed', expect.stringMatching(/is not fetched|is not a place/)]);
    }
    expect(heard).toEqual([]);
  }, 120_000);

  test('are no source of a copy', async () => {
    for (const source of [`http://127.0.0.1:${listenerPort}/a`, 'http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd']) {
      const answer = await world.server.send(`${world.account}.blob`, {
        method: 'PUT',
        path: `/${world.container}/copied`,
        headers: { ...world.storage.owner, 'x-ms-version': '2024-11-04', 'x-ms-copy-source': source },
      });
      expect([source, [400, 403, 404, 501].includes(answer.status)]).toEqual([source, true]);
    }
    expect(heard).toEqual([]);
  });
});

test('a compute of another workspace runs no job of this one', async () => {
  await world.put(`${world.other}/computes/theirs?${ML_VERSION}`, {
    location: 'local',
    properties: { computeType: 'AmlCompute', properties: { vmSize: 'X', scaleSettings: { maxNodeCount: 1, minNodeCount: 0 } } },
  });
  expect(await run({ command: 'true', computeId: `${world.other}/computes/theirs` })).toMatchObject({ status: 'refused 400' });
});
