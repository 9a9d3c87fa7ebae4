// runClient: one *.client.ts in a process of its own, with the environment that `lazurite exec` gives.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { clientEnvironment } from '../../../../cli/src/client-environment.ts';
import type { TestPrincipal, TestServer } from '../../../../testkit/src/test-server.ts';

const run = promisify(execFile);

/** What the client reported. Fails with its standard error. `principal`: whom it signs in as, by secret; else the owner. */
export async function runClient(server: TestServer, name: string, options: { readonly principal?: TestPrincipal; readonly variables?: Readonly<Record<string, string>> } = {}): Promise<JsonObject> {
  const { principal } = options;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: server.connection.dataDir,
    ...clientEnvironment(server.connection),
    ...(principal === undefined ? {} : { CLIENT_ID: principal.clientId, CLIENT_SECRET: principal.clientSecret }),
    ...options.variables,
  };
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, `${name}.client.ts`)], { env, timeout: 150_000, maxBuffer: 16 * 2 ** 20 });
  const facts: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (!isJsonObject(facts)) throw new Error(`The client ${name} reported ${stdout}.`);
  return facts;
}
