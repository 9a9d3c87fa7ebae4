// The unmodified mlflow clients, last 2.x and current 3.x, against a whole server: from outside over both of its
// addresses, and from inside command jobs. Their environments come from scripts/setup-tests.ts.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '@lazurite/server/kernel/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiClient, openApi } from '../../../../cli/src/api-client.ts';
import { clientEnvironment } from '../../../../cli/src/client-environment.ts';
import { ensureWorkspace } from '../../../../cli/src/commands/workspace.ts';
import { openWorkspace, TERMINAL, USER_LOG, type WorkspaceApi } from '../../../../cli/src/workspace-api.ts';
import { ARM_AUDIENCE, startTestServer, type TestPrincipal, type TestServer } from '../../../../testkit/src/test-server.ts';

const NAME = { resourceGroup: 'Team', name: 'Lab' };
/** Why: threads of linear algebra on small data only wait for each other. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
const root = fileURLToPath(new URL('../../../../../', import.meta.url));

let server: TestServer;
let api: ApiClient;
let workspace: WorkspaceApi;
let reader: TestPrincipal;
let tokens: { readonly owner: string; readonly reader: string };
beforeAll(async () => {
  server = await startTestServer({ fetchUv: true });
  api = openApi(server.connection);
  await ensureWorkspace(api, NAME.resourceGroup, NAME.name);
  workspace = openWorkspace(api, NAME.resourceGroup, NAME.name);
  reader = await server.createPrincipal({ name: 'reader', roles: ['reader'] });
  tokens = { owner: await api.bearer(), reader: await tokenOf(reader) };
});
afterAll(async () => {
  await api?.close();
  await server?.stop();
});

const plainUri = (): string => `http://127.0.0.1:${server.connection.port}/mlflow/v2.0${workspace.id}`;
const tlsUri = (): string => `${server.connection.origins.api}/mlflow/v2.0${workspace.id}`;

async function tokenOf(principal: TestPrincipal): Promise<string> {
  return (await server.bearer(principal, ARM_AUDIENCE)).authorization.replace('Bearer ', '');
}

async function runClient(version: 2 | 3, variables: Readonly<Record<string, string>>): Promise<{ readonly status: number | null; readonly output: string }> {
  const python = `${root}.cache/mlflow${version}/bin/python`;
  if (!existsSync(python)) throw new Error(`${python} is missing: run node scripts/setup-tests.ts`);
  const child = spawn(python, [fileURLToPath(new URL('test_client.py', import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', MLFLOW_TRACKING_TOKEN: tokens.owner, MLFLOW_DISABLE_TELEMETRY: 'true', ...ONE_THREAD, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe('from outside', () => {
  test('mlflow 3.x does its work unmodified over plain HTTP with a token', { timeout: 600_000 }, async () => {
    const { status, output } = await runClient(3, { MLFLOW_TRACKING_URI: plainUri() });
    expect(status, output).toBe(0);
    expect(server.errors()).toEqual([]);
  });

  test('mlflow 2.x does its work unmodified over TLS, with the environment of `lazurite exec`', { timeout: 600_000 }, async () => {
    const { status, output } = await runClient(2, { ...clientEnvironment(server.connection, NAME), MLFLOW_TRACKING_URI: tlsUri() });
    expect(status, output).toBe(0);
    expect(server.errors()).toEqual([]);
  });

  test.each([
    { version: 3, uri: tlsUri },
    { version: 2, uri: plainUri },
  ] as const)('mlflow $version carries files over the other address as well', { timeout: 300_000 }, async ({ version, uri }) => {
    const { status, output } = await runClient(version, { ...clientEnvironment(server.connection, NAME), MLFLOW_TRACKING_URI: uri(), ONLY: 'test_artifacts' });
    expect(status, output).toBe(0);
  });
});

describe('from inside a job', () => {
  const jobs = new Map<number, Promise<JsonObject>>();
  beforeAll(() => {
    for (const version of [2, 3]) {
      const ended = train(version);
      ended.catch(() => undefined);
      jobs.set(version, ended);
    }
  });

  async function train(version: number): Promise<JsonObject> {
    const requirements = readFileSync(fileURLToPath(new URL(`../requirements-mlflow${version}.txt`, import.meta.url)), 'utf8')
      .split('\n')
      .filter(Boolean);
    const name = `iris_with_mlflow_${version}`;
    await workspace.submit({
      name,
      code: { local: fileURLToPath(new URL('in-job', import.meta.url)) },
      environment: { conda: JSON.stringify({ name: 'e', dependencies: ['python', 'pip', { pip: requirements }] }), image: undefined },
      localInputs: [],
      properties: {
        jobType: 'Command',
        command: 'python train_in_job.py',
        experimentName: `iris-${version}`,
        displayName: `iris ${version}`,
        environmentVariables: { MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '5', ...ONE_THREAD },
      },
    });
    for (;;) {
      const job = await workspace.getJob(name);
      if (TERMINAL.has(stringAt(objectAt(job, 'properties'), 'status') ?? '')) return job;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  test.each([2, 3])('mlflow %i.x logs to the record of the job, with artifacts, and registers a model', { timeout: 600_000 }, async (version) => {
    const job = await jobs.get(version);
    const name = stringAt(job, 'name') ?? '';
    expect(stringAt(objectAt(job, 'properties'), 'status'), (await workspace.readLog(name, USER_LOG, 0)).toString()).toBe('Completed');

    const run = objectAt((await call(tokens.owner, 'GET', `/api/2.0/mlflow/runs/get?run_id=${name}`)).body, 'run');
    expect(objectAt(run, 'info')).toMatchObject({ run_id: name, run_name: `iris ${version}`, status: 'FINISHED' });
    const data = objectAt(run, 'data');
    expect(pairs(data, 'params')).toMatchObject({ flavour: 'iris', max_iter: '500' });
    expect(pairs(data, 'metrics')).toMatchObject({ loss: 1 / 3 });
    expect(Number(pairs(data, 'metrics')['training_score'])).toBeGreaterThan(0.9);
    expect(pairs(data, 'tags')).toMatchObject({ stage: 'trial' });
    const history = objectAt(await call(tokens.owner, 'GET', `/api/2.0/mlflow/metrics/get-history?run_id=${name}&metric_key=loss`), 'body')['metrics'];
    expect(Array.isArray(history) && history.map((point) => objectAt({ point }, 'point')['value'])).toEqual([1, 0.5, 1 / 3]);

    const artifacts = await files(name, '');
    for (const folder of ['notes', 'outputs', 'system_logs', 'user_logs']) expect(artifacts).toContain(folder);
    expect(await call(tokens.owner, 'GET', `/api/2.0/mlflow-artifacts/artifacts/ExperimentRun/dcid.${name}/notes/notes.txt`)).toMatchObject({
      status: 200,
      body: expect.stringMatching(new RegExp(`^mlflow ${version}\\.`)),
    });

    const model = await api.arm('GET', `${workspace.id}/models/iris-${version}/versions/1`);
    expect(objectAt(model, 'properties')).toMatchObject({ modelType: 'mlflow_model', modelUri: expect.stringContaining('azureml://') });
    const known = objectAt((await call(tokens.owner, 'GET', `/api/2.0/mlflow/model-versions/get?name=iris-${version}&version=1`)).body, 'model_version');
    expect(known).toMatchObject({ run_id: name, status: 'READY' });
    expect(server.errors()).toEqual([]);
  });

  test('what a job logged is read by a reader and changed by nobody else', async () => {
    const name = stringAt(await jobs.get(3), 'name') ?? '';
    expect(await call(tokens.reader, 'GET', `/api/2.0/mlflow/runs/get?run_id=${name}`)).toMatchObject({ status: 200 });
    expect(await call(tokens.reader, 'POST', '/api/2.0/mlflow/runs/log-metric', { run_id: name, key: 'loss', value: 0, timestamp: 1, step: 9 })).toMatchObject({ status: 403 });
    const stranger = await tokenOf(await server.createPrincipal({ name: 'stranger' }));
    expect(await call(stranger, 'GET', `/api/2.0/mlflow/runs/get?run_id=${name}`)).toMatchObject({ status: 403 });
  });

  async function files(name: string, path: string): Promise<readonly (string | undefined)[]> {
    const { body } = await call(tokens.owner, 'GET', `/api/2.0/mlflow/artifacts/list?run_id=${name}&path=${path}`);
    const found = objectAt({ body }, 'body')['files'];
    return (Array.isArray(found) ? found : []).filter(isJsonObject).map((file) => stringAt(file, 'path'));
  }
});

describe('who may', () => {
  async function newRun(token: string): Promise<string> {
    const { body } = await call(token, 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' });
    const runId = /"run_id":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
    if (runId === undefined) throw new Error(JSON.stringify(body));
    return runId;
  }
  async function jobToken(runId: string): Promise<string> {
    const { tokens: issuer, machine } = server.composition;
    return (await issuer.issueJobToken({ workspaceKey: workspace.id.toLowerCase(), jobName: runId, principalId: machine.installation.ownerId, lifetimeSeconds: 600 })).token;
  }
  const proxy = '/api/2.0/mlflow-artifacts/artifacts';

  test('every refusal is in the envelope of MLflow', async () => {
    expect(await call('', 'GET', '/api/2.0/mlflow/runs/get?run_id=x')).toMatchObject({ status: 401, body: { error_code: 'UNAUTHENTICATED' } });
    expect(await call(tokens.reader, 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' })).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
    expect(await call(tokens.owner, 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' }, `${plainUri()}2`)).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    expect(await call(tokens.owner, 'POST', '/api/2.0/mlflow/gateway/secrets', {})).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
    expect(await call(tokens.owner, 'PUT', '/api/2.0/mlflow/runs/create', {})).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
    expect(await call(tokens.owner, 'GET', '/version')).toEqual({ status: 200, body: '3.3.0' });
  });

  test('both versions of the prefix, in any letter case, are the same workspace', async () => {
    const runId = await newRun(tokens.owner);
    const shouted = plainUri().replace('/mlflow/v2.0/', '/mlflow/v1.0/').replace('/subscriptions/', '/SUBSCRIPTIONS/').replace('Team', 'TEAM').replace('Lab', 'LAB');
    expect(await call(tokens.reader, 'GET', `/api/2.0/mlflow/runs/get?run_uuid=${runId}`, undefined, shouted)).toMatchObject({ status: 200 });
  });

  test('the token of a job writes files of its own run only', async () => {
    const [own, other] = [await newRun(tokens.owner), await newRun(tokens.owner)];
    const token = await jobToken(own);
    expect(await call(token, 'PUT', `${proxy}/ExperimentRun/dcid.${own}/a.txt`, 'hello')).toEqual({ status: 200, body: {} });
    expect(await call(tokens.reader, 'GET', `${proxy}/ExperimentRun/dcid.${own}/a.txt`)).toEqual({ status: 200, body: 'hello' });
    expect(await call(token, 'PUT', `${proxy}/ExperimentRun/dcid.${other}/a.txt`, 'hello')).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
    expect(await call(token, 'DELETE', `${proxy}/ExperimentRun/dcid.${other}/a.txt`)).toMatchObject({ status: 403 });
    expect(await call(tokens.owner, 'PUT', `${proxy}/ExperimentRun/dcid.nobody/a.txt`, 'hello')).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    expect(await call(tokens.owner, 'DELETE', `${proxy}/ExperimentRun/dcid.${own}`)).toMatchObject({ status: 400 });
  });

  test('what has no multipart upload says so in the words that make clients fall back', async () => {
    const answer = await call(tokens.owner, 'POST', '/api/2.0/mlflow-artifacts/mpu/create/ExperimentRun', { path: 'x', num_parts: 2 });
    expect(answer).toMatchObject({ status: 501, body: { error_code: 'NOT_IMPLEMENTED', message: expect.stringMatching(/^Multipart upload is not supported for the current artifact repository/) } });
  });
});

async function call(token: string, method: string, path: string, body?: object | string, base = plainUri()): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(base + path, {
    method,
    headers: { ...(token === '' ? {} : { Authorization: `Bearer ${token}` }), ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** A list of `{ key, value }` as an object. */
function pairs(data: JsonObject, name: string): JsonObject {
  const list = data[name];
  return Object.fromEntries((Array.isArray(list) ? list : []).map((pair) => [stringAt(pair, 'key') ?? '', objectAt({ pair }, 'pair')['value'] ?? null]));
}
