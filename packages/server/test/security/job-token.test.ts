// The token of a running job: its own run, its workspace to read, and nothing of others.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { STORAGE_AUDIENCE } from '../../../testkit/src/test-server.ts';
import { type Headers, ML_VERSION, RG_VERSION, startWorld, type World } from './world.ts';

let world: World;
let token: Headers;
let storageToken: Headers;
const MINE = 'ended';
const OTHERS = 'foreign';

beforeAll(async () => {
  world = await startWorld();
  const { tokens, machine } = world.server.composition;
  // The owner's job: whatever it may not do, it may not do although the owner may.
  const job = { workspaceKey: world.workspace.toLowerCase(), jobName: MINE, principalId: machine.installation.cliPrincipalId, lifetimeSeconds: 3600 };
  token = { authorization: `Bearer ${(await tokens.issueJobToken(job)).token}` };
  storageToken = { authorization: `Bearer ${(await tokens.issueJobToken({ ...job, audience: STORAGE_AUDIENCE })).token}` };
});
afterAll(async () => {
  await world?.server.stop();
});

const arm = async (method: string, path: string, body?: object): Promise<number> => (await world.server.send('management', { method, path, headers: token, body })).status;
const mlflow = async (call: string, body: object, workspace = world.workspace): Promise<number> =>
  (await world.server.send('localhost', { method: 'POST', path: `/mlflow/v2.0${workspace}/api/2.0/mlflow/${call}`, headers: token, body })).status;
const blob = async (account: string, method: string, path: string, body?: string): Promise<number> =>
  (await world.server.send(`${account}.blob`, { method, path, headers: { ...storageToken, 'x-ms-version': '2024-11-04', ...(method === 'PUT' ? { 'x-ms-blob-type': 'BlockBlob' } : {}) }, body }))
    .status;

test('reads its workspace', async () => {
  for (const path of ['', '/jobs', `/jobs/${MINE}`, `/jobs/${OTHERS}`, '/datastores/workspaceblobstore', '/models/model/versions/1', '/environments/env/versions/1']) {
    expect([path, await arm('GET', `${world.workspace}${path}?${ML_VERSION}`)]).toEqual([path, 200]);
  }
});

test('logs to its own run, not to another', async () => {
  const metric = { key: 'm', value: 1, timestamp: 1, step: 0 };
  expect(await mlflow('runs/log-metric', { run_id: MINE, ...metric })).toBe(200);
  expect(await mlflow('runs/log-metric', { run_id: OTHERS, ...metric })).toBe(403);
  expect(await mlflow('runs/log-batch', { run_id: OTHERS, metrics: [metric] })).toBe(403);
  expect(await mlflow('runs/set-tag', { run_id: OTHERS, key: 'a', value: 'b' })).toBe(403);
  expect(await mlflow('runs/update', { run_id: OTHERS, status: 'FAILED' })).toBe(403);
  expect(await mlflow('runs/delete', { run_id: OTHERS })).toBe(403);
  const artifact = (run: string) =>
    world.server.send('localhost', { method: 'PUT', path: `/mlflow/v2.0${world.workspace}/api/2.0/mlflow-artifacts/artifacts/ExperimentRun/dcid.${run}/a.txt`, headers: token, body: 'a' });
  expect([(await artifact(MINE)).status, (await artifact(OTHERS)).status]).toEqual([200, 403]);
});

test('changes nothing of other jobs, of computes, of the workspace, and reads no key', async () => {
  const { workspace, group, account } = world;
  const at = (path: string) => `${workspace}${path}?${ML_VERSION}`;
  const body = { properties: { jobType: 'Command', command: 'true', environmentId: 'x' } };
  const calls: readonly (readonly [string, string, object?])[] = [
    ['PUT', at(`/jobs/${OTHERS}`), body],
    ['PUT', at('/jobs/brand-new'), body],
    ['DELETE', at(`/jobs/${OTHERS}`)],
    ['POST', at(`/jobs/${OTHERS}/cancel`), {}],
    ['PUT', at('/computes/more'), {}],
    ['DELETE', at('/computes/cpu')],
    ['PUT', at(''), { location: 'local' }],
    ['PATCH', at(''), { tags: {} }],
    ['DELETE', at('')],
    ['POST', at('/listKeys'), {}],
    ['POST', at('/datastores/workspaceblobstore/listSecrets'), {}],
    ['PUT', at('/datastores/mine'), {}],
    ['PUT', at('/environments/env/versions/2'), {}],
    ['POST', `${group}/providers/Microsoft.Storage/storageAccounts/${account}/listKeys?api-version=2023-05-01`, {}],
    ['POST', `${group}/providers/Microsoft.Storage/storageAccounts/${account}/regenerateKey?api-version=2023-05-01`, { keyName: 'key1' }],
    ['DELETE', `${group}?${RG_VERSION}`],
    ['PUT', `${group}?${RG_VERSION}`, { location: 'local' }],
  ];
  const answers = await Promise.all(calls.map(async ([method, path, content]) => [method, path, await arm(method, path, content)]));
  expect(answers.filter(([, , status]) => status !== 403)).toEqual([]);
});

test('gives no role to anybody, and becomes nobody’s session', async () => {
  const properties = {
    principalId: world.principals.stranger.objectId,
    roleDefinitionId: `/subscriptions/${world.subscription}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635`,
  };
  for (const scope of [world.workspace, world.job(MINE), world.group, `/subscriptions/${world.subscription}`, '']) {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/33333333-3333-3333-3333-333333333333?api-version=2022-04-01`;
    expect([scope, await arm('PUT', path, { properties })]).toEqual([scope, 403]);
  }
  expect((await world.server.send('localhost', { method: 'POST', path: '/signin/links', headers: token })).status).toBe(403);
});

test('reaches no other workspace', async () => {
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/jobs'],
    ['GET', '/datastores'],
    ['PUT', '/jobs/x'],
  ] as const)
    expect([path, await arm(method, `${world.other}${path}?${ML_VERSION}`, method === 'PUT' ? {} : undefined)]).toEqual([path, 403]);
  expect(await mlflow('experiments/search', { max_results: 5 }, world.other)).toBe(403);
  const listed = await world.server.send('management', { method: 'GET', path: `${world.group}/resources?${RG_VERSION}`, headers: token });
  expect(listed.status === 403 || listed.text === '{"value":[]}').toBe(true);
});

test('reads and writes blobs of its workspace, deletes none, and reaches no other account', async () => {
  const file = `/${world.container}/by-job.txt`;
  expect([await blob(world.account, 'PUT', file, 'x'), await blob(world.account, 'GET', file)]).toEqual([201, 200]);
  expect([await blob(world.account, 'DELETE', file), await blob(world.account, 'DELETE', `/${world.container}?restype=container`)]).toEqual([403, 403]);
  expect([await blob(world.otherAccount, 'GET', `/${world.otherContainer}?restype=container&comp=list`), await blob(world.otherAccount, 'PUT', `/${world.otherContainer}/x`, 'x')]).toEqual([403, 403]);
});

test('is nothing any more when the job has ended', async () => {
  const { database, tokens } = world.server.composition;
  await database.transaction((tx) => tokens.endJob(tx, world.workspace.toLowerCase(), MINE));
  expect([await arm('GET', `${world.workspace}?${ML_VERSION}`), await blob(world.account, 'GET', `/${world.container}/by-job.txt`), await mlflow('runs/search', {})]).toEqual([401, 401, 401]);
});
