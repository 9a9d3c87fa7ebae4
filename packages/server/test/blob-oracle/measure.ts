// Measures the Blob plane against Azurite on the same machine: `node packages/server/test/blob-oracle/measure.ts`.
// Both run in a process of their own, on disk; the plane with a durable PostgreSQL. Numbers, not a test.

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob';
import { Database } from '@lazurite/server/storage/database.ts';
import { startEmbeddedPostgres } from '@lazurite/server/storage/embedded-postgres.ts';
import { ACCOUNT, KEY1, startPlaneServer } from './plane-server.ts';
import { azuriteTarget } from './targets.ts';

const CONTAINER = 'measured';
const KIB = 1024;
const MIB = 1024 * KIB;

interface Site {
  readonly port: number;
  readonly host: string;
  readonly prefix: string;
}

async function serve(dir: string): Promise<void> {
  writeFileSync(join(dir, 'lazurite.json'), '{}');
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
  const database = await Database.open({ url: postgres.url });
  const server = await startPlaneServer(database);
  process.send?.({ port: server.port });
  process.once('message', async () => {
    await server.close();
    await database.close();
    await postgres.stop();
    process.exit(0);
  });
}

function caller(site: Site) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const credential = new StorageSharedKeyCredential(ACCOUNT, KEY1.toString('base64'));
  const sas = generateBlobSASQueryParameters(
    { containerName: CONTAINER, permissions: ContainerSASPermissions.parse('racwdl'), expiresOn: new Date(Date.now() + 3_600_000), version: '2023-11-03' },
    credential,
  ).toString();
  return (method: string, path: string, body?: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        host: '127.0.0.1',
        port: site.port,
        method,
        path: `${site.prefix}/${CONTAINER}${path}${path.includes('?') ? '&' : '?'}${sas}`,
        headers: { host: site.host, 'x-ms-version': '2023-11-03', 'content-length': String(body?.length ?? 0), ...headers },
      };
      const request = httpRequest(options, (response) => {
        let length = 0;
        response.on('data', (chunk: Buffer) => (length += chunk.length));
        response.on('end', () => ((response.statusCode ?? 500) < 300 ? resolve(length) : reject(new Error(`${method} ${path}: ${response.statusCode}`))));
      });
      request.on('error', reject);
      request.end(body);
    });
}

async function timed(count: number, lanes: number, run: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < count) {
        const n = next;
        next += 1;
        await run(n);
      }
    }),
  );
  return (performance.now() - start) / 1000;
}

async function measure(site: Site): Promise<Readonly<Record<string, number>>> {
  const call = caller(site);
  const put = { 'x-ms-blob-type': 'BlockBlob' };
  const rows: Record<string, number> = {};
  const rate = async (name: string, count: number, lanes: number, unit: number, run: (n: number) => Promise<unknown>): Promise<void> => {
    rows[name] = (count * unit) / (await timed(count, lanes, run));
  };
  const sized = async (label: string, size: number, count: number, lanes: number): Promise<void> => {
    const body = randomBytes(size);
    await timed(Math.min(count / 10, 100), lanes, (n) => call('PUT', `/warm-${label}-${n}`, body, put));
    await rate(`put ${label}, op/s`, count, lanes, 1, (n) => call('PUT', `/${label}-${n}`, body, put));
    await rate(`get ${label}, op/s`, count, lanes, 1, (n) => call('GET', `/${label}-${n}`));
  };
  await sized('1KiB', KIB, 2000, 16);
  await sized('16KiB', 16 * KIB, 1000, 16);
  await sized('64KiB', 64 * KIB, 600, 16);
  await sized('128KiB', 128 * KIB, 400, 16);
  await sized('1MiB', MIB, 200, 8);
  const block = randomBytes(8 * MIB);
  const ids = Array.from({ length: 8 }, (_, n) => Buffer.from(`block${n}`).toString('base64'));
  await rate('upload 64 MiB in blocks, MB/s', 3, 1, 64 * 1.048576, async (n) => {
    await Promise.all(ids.map((id) => call('PUT', `/big-${n}?comp=block&blockid=${encodeURIComponent(id)}`, block)));
    await call('PUT', `/big-${n}?comp=blocklist`, Buffer.from(`<?xml version="1.0"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`));
  });
  await rate('download 64 MiB, MB/s', 3, 1, 64 * 1.048576, (n) => call('GET', `/big-${n}`));
  await rate('list 2000, lists/s', 5, 1, 1, () => call('GET', '?restype=container&comp=list&prefix=1KiB&maxresults=5000'));
  return rows;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-measure-'));
  const child = fork(import.meta.filename, ['serve', join(dir)], { stdio: 'inherit' });
  const port = await new Promise<number>((resolve) => child.once('message', (message: { readonly port: number }) => resolve(message.port)));
  const azurite = await azuriteTarget(join(dir, 'azurite'));
  await azurite.service.getContainerClient(CONTAINER).create();
  const host = `${ACCOUNT}.blob.lazurite.localhost`;
  const { BlobServiceClient } = await import('@azure/storage-blob');
  await new BlobServiceClient(`http://${host}`, azurite.credential, { proxyOptions: { host: 'http://127.0.0.1', port } }).getContainerClient(CONTAINER).create();
  const azuritePort = Number(new URL(azurite.endpoint).port);
  const theirs = await measure({ port: azuritePort, host: `127.0.0.1:${azuritePort}`, prefix: `/${ACCOUNT}` });
  const ours = await measure({ port, host, prefix: '' });
  for (const [name, value] of Object.entries(ours)) {
    const other = theirs[name] ?? Number.NaN;
    process.stdout.write(`${name.padEnd(32)} ours ${value.toFixed(1).padStart(8)}  azurite ${other.toFixed(1).padStart(8)}  ratio ${(value / other).toFixed(2)}\n`);
  }
  await azurite.close();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.send('stop');
  await ended;
  rmSync(dir, { recursive: true, force: true });
}

const [mode, dir] = process.argv.slice(2);
if (mode === 'serve' && dir !== undefined) await serve(dir);
else await main();
