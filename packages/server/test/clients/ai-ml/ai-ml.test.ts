// The unmodified azure-ai-ml client against a whole server: workspaces, datastores, assets, computes, jobs. Its
// environment comes from scripts/setup-tests.ts.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientEnvironment } from '../../../../cli/src/client-environment.ts';
import { startTestServer, type TestServer } from '../../../../testkit/src/test-server.ts';

const python = fileURLToPath(new URL('../../../../../.cache/ai-ml/bin/python', import.meta.url));
const script = fileURLToPath(new URL('client.py', import.meta.url));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ fetchUv: true });
  const { subscriptionId } = server.connection;
  const group = await server.send('management', {
    method: 'PUT',
    path: `/subscriptions/${subscriptionId}/resourcegroups/Science-RG?api-version=2021-04-01`,
    headers: { ...(await server.bearer()), 'content-type': 'application/json' },
    body: JSON.stringify({ location: 'local' }),
  });
  expect(group.status).toBe(201);
});
afterAll(() => server?.stop());

test('azure-ai-ml makes a workspace, uploads assets, follows and downloads jobs, unmodified', { timeout: 300_000 }, async () => {
  if (!existsSync(python)) throw new Error(`${python} is missing: run node scripts/setup-tests.ts`);
  const { clientId, clientSecret } = server.credential();
  const child = spawn(python, ['-W', 'ignore', script], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      AZUREML_RUN_POLLING_INTERVAL_MIN: '1',
      AZUREML_RUN_POLLING_INTERVAL_MAX: '1',
      ...clientEnvironment(server.connection),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(status, output).toBe(0);
  expect(server.errors()).toEqual([]);
});
