// The two servers that the same calls are made to: the Blob plane, and Azurite as the oracle.

import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ACCOUNT, KEY1, type PlaneServer } from './plane-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Target {
  readonly name: string;
  readonly service: BlobServiceClient;
  readonly credential: StorageSharedKeyCredential;
  /** A request as it stands, to a path (and query) of the account, without a credential of its own. */
  send(method: string, pathAndQuery: string, headers?: Readonly<Record<string, string>>, body?: Buffer | string): Promise<Answer>;
  /** Where signatures in URLs are used: endpoint without a trailing slash. */
  readonly endpoint: string;
  /** Options for clients that are made from a URL. */
  readonly options: { readonly proxyOptions?: { readonly host: string; readonly port: number }; readonly retryOptions: { readonly maxTries: number } };
  close(): Promise<void>;
}

const credential = new StorageSharedKeyCredential(ACCOUNT, KEY1.toString('base64'));

function send(port: number, host: string, prefix: string) {
  return (method: string, pathAndQuery: string, headers: Readonly<Record<string, string>> = {}, body: Buffer | string = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port, method, path: `${prefix}${pathAndQuery}`, agent: false, headers: { host, 'content-length': String(Buffer.byteLength(body)), ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])), body: Buffer.concat(chunks) }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
}

/** Requests as they stand to a host of the server on this port. */
export function sendTo(port: number, host: string): Target['send'] {
  return send(port, host, '');
}

export function planeTarget(server: PlaneServer): Target {
  const host = `${ACCOUNT}.blob.lazurite.localhost`;
  const endpoint = `http://${host}`;
  const options = { proxyOptions: { host: 'http://127.0.0.1', port: server.port }, retryOptions: { maxTries: 1 } };
  return { name: 'lazurite', service: new BlobServiceClient(endpoint, credential, options), credential, send: send(server.port, host, ''), endpoint, options, close: () => server.close() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function azuriteTarget(location?: string): Promise<Target> {
  const port = await freePort();
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const where = location === undefined ? ['--inMemoryPersistence'] : ['--location', location];
  const child = spawn(process.execPath, [main, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--skipApiVersionCheck', '--disableTelemetry', '--silent', ...where], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${KEY1.toString('base64')}` },
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('successfully listen') && resolve());
    child.stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    child.once('exit', (code) => reject(new Error(`azurite ended with ${code}`)));
  });
  const endpoint = `http://127.0.0.1:${port}/${ACCOUNT}`;
  const options = { retryOptions: { maxTries: 1 } };
  return {
    name: 'azurite',
    service: new BlobServiceClient(endpoint, credential, options),
    credential,
    send: send(port, `127.0.0.1:${port}`, `/${ACCOUNT}`),
    endpoint,
    options,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}
