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
