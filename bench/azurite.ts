// Azurite in a process of its own, over TLS with the certificate of the server it is compared to.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Agent } from 'undici';
import type { ServerProcess } from '../packages/testkit/src/server-process.ts';
import { type BlobAccount, type Method, sharedKeyHeaders, type WireReply } from '../packages/testkit/src/wire-client.ts';

export interface BlobPeer {
  blob(method: Method, pathAndQuery: string, body?: Buffer | string, headers?: Readonly<Record<string, string>>): Promise<WireReply>;
  close(): Promise<void>;
}

export async function startAzurite(server: ServerProcess, account: BlobAccount, dir: string, connections: number): Promise<BlobPeer> {
  const { connection } = server;
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const tls = join(connection.dataDir, 'tls');
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const args = [
    main,
    '--blobHost',
    '127.0.0.1',
    '--blobPort',
    String(port),
    '--location',
    dir,
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--silent',
    '--cert',
    join(tls, 'server.pem'),
    '--key',
    join(tls, 'server.key'),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, AZURITE_ACCOUNTS: `${account.name}:${account.key}` } });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('successfully listen') && resolve());
    child.once('exit', (code) => reject(new Error(`Azurite ended with ${code}.`)));
  });
  const agent = new Agent({ connect: { ca: readFileSync(connection.caFile), servername: new URL(connection.origins.management).hostname }, connections });
  return {
    async blob(method, path, body, headers = {}) {
      const full = `/${account.name}${path}`;
      const signed = sharedKeyHeaders(account, { method, path: full, resourcePrefix: '', length: body === undefined ? 0 : Buffer.byteLength(body), headers });
      // Path style: the account stands twice in the signed resource, once for the service and once in the path.
      const reply = await agent.request({ origin: `https://127.0.0.1:${port}`, method, path: full, headers: signed, body: body ?? null });
      return { status: reply.statusCode, headers: reply.headers, body: Buffer.from(await reply.body.arrayBuffer()) };
    },
    async close() {
      process.off('exit', endWithUs);
      await agent.close();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
