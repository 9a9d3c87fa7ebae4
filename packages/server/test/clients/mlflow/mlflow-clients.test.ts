// The unmodified mlflow clients, last 2.x and current 3.x, against the plane.
// Their environments: `python3 -m venv .cache/mlflow3 && .cache/mlflow3/bin/pip install -r requirements-mlflow3.txt`, 2 likewise.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts';

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflowServer();
});
afterAll(() => server.close());

const root = fileURLToPath(new URL('../../../../../', import.meta.url));

async function runClient(version: 2 | 3): Promise<{ readonly status: number | null; readonly output: string }> {
  const python = `${root}.cache/mlflow${version}/bin/python`;
  if (!existsSync(python)) throw new Error(`${python} is missing: make the environment from packages/server/test/clients/requirements-mlflow${version}.txt`);
  const child = spawn(python, [fileURLToPath(new URL('test_client.py', import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', MLFLOW_TRACKING_URI: server.trackingUri, MLFLOW_TRACKING_TOKEN: 'owner', MLFLOW_DISABLE_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe('mlflow clients', () => {
  test.each([2, 3] as const)('mlflow %i.x does its work unmodified', { timeout: 600_000 }, async (version) => {
    const { status, output } = await runClient(version);
    expect(status, output).toBe(0);
    expect(server.errors).toEqual([]);
  });
});

describe('who may', () => {
  async function call(token: string, method: string, path: string, body?: object | string, base = server.trackingUri): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await fetch(base + path, {
      method,
      headers: { ...(token === '' ? {} : { Authorization: `Bearer ${token}` }), ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  }
  async function newRun(token: string): Promise<string> {
    const { body } = await call(token, 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' });
    const runId = /"run_id":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
    if (runId === undefined) throw new Error(JSON.stringify(body));
    return runId;
  }
  const proxy = '/api/2.0/mlflow-artifacts/artifacts';

  test('every refusal is in the envelope of MLflow', async () => {
    expect(await call('', 'GET', '/api/2.0/mlflow/runs/get?run_id=x')).toMatchObject({ status: 401, body: { error_code: 'UNAUTHENTICATED' } });
    expect(await call('reader', 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' })).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
    expect(await call('owner', 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' }, `${server.trackingUri}2`)).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
    expect(await call('owner', 'POST', '/api/2.0/mlflow/gateway/secrets', {})).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
    expect(await call('owner', 'PUT', '/api/2.0/mlflow/runs/create', {})).toMatchObject({ status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } });
    expect(await call('owner', 'GET', '/version')).toEqual({ status: 200, body: '3.3.0' });
  });

  test('both versions of the prefix, in any letter case, are the same workspace', async () => {
    const runId = await newRun('owner');
    const shouted = server.trackingUri.replace('/mlflow/v2.0/', '/mlflow/v1.0/').replace('/subscriptions/', '/SUBSCRIPTIONS/').replace('Team', 'TEAM').replace('Lab', 'LAB');
    expect(await call('reader', 'GET', `/api/2.0/mlflow/runs/get?run_uuid=${runId}`, undefined, shouted)).toMatchObject({ status: 200 });
  });

  test('the token of a job writes files of its own run only', async () => {
    const [own, other] = [await newRun('owner'), await newRun('owner')];
    expect(await call(`job:${own}`, 'PUT', `${proxy}/ExperimentRun/dcid.${own}/a.txt`, 'hello')).toEqual({ status: 200, body: {} });
    expect(await call('reader', 'GET', `${proxy}/ExperimentRun/dcid.${own}/a.txt`)).toEqual({ status: 200, body: 'hello' });
    expect(await call(`job:${own}`, 'PUT', `${proxy}/ExperimentRun/dcid.${other}/a.txt`, 'hello')).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
    expect(await call(`job:${own}`, 'DELETE', `${proxy}/ExperimentRun/dcid.${other}/a.txt`)).toMatchObject({ status: 403 });
    expect(await call('owner', 'PUT', `${proxy}/ExperimentRun/dcid.nobody/a.txt`, 'hello')).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    expect(await call('owner', 'DELETE', `${proxy}/ExperimentRun/dcid.${own}`)).toMatchObject({ status: 400 });
  });

  test('what has no multipart upload says so in the words that make clients fall back', async () => {
    const answer = await call('owner', 'POST', '/api/2.0/mlflow-artifacts/mpu/create/ExperimentRun', { path: 'x', num_parts: 2 });
    expect(answer).toMatchObject({ status: 501, body: { error_code: 'NOT_IMPLEMENTED', message: expect.stringMatching(/^Multipart upload is not supported for the current artifact repository/) } });
  });
});
