// Blobs below the protocol, on a real database and disk: bytes are freed, nothing is left behind, and races end well.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import { Worker } from '#work/worker.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { blobWorkKinds, freeGarbage, sweepOrphans } from './blob-work.ts';
import type { BlobAddress } from './blob-service.ts';
import { INLINE_BYTES, readBlob } from './blobs.ts';
import { putBlock, putBlockList } from './blocks.ts';
import type { BlobDeps } from './containers.ts';
import { createBlobService } from './create-blob-service.ts';
import { openLocalDisk } from './local-disk.ts';

let db: TestDatabase;
let root: string;
let deps: BlobDeps;
beforeAll(async () => {
  db = await testDatabase();
  root = mkdtempSync(join(tmpdir(), 'lazurite-bytes-'));
  deps = { database: db.database, bytes: openLocalDisk(root, systemClock), clock: systemClock };
});
afterAll(async () => {
  await db.close();
  rmSync(root, { recursive: true, force: true });
});

function files(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile());
}

const at = (name: string, container = 'files'): BlobAddress => ({ account: 'acct', container, name });
const big = (): Buffer => randomBytes(INLINE_BYTES + 1000);

async function contentOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

test('an overwritten, a deleted and a dropped blob give their bytes back; a reader keeps them until it is done', async () => {
  const service = createBlobService(deps);
  const first = big();
  await service.putBlob(at('x'), first);
  const before = files().length;
  const { stream } = await service.readBlob(at('x'));
  await service.putBlob(at('x'), Readable.from([big()]));
  expect(await freeGarbage(deps)).toBe(1);
  expect((await contentOf(stream)).equals(first)).toBe(true);
  expect(await freeGarbage(deps)).toBe(0);
  expect(files().length).toBe(before);
  expect(await service.deleteBlob(at('x'))).toBe(true);
  expect(await service.deleteBlob(at('x'))).toBe(false);
  await freeGarbage(deps);
  expect(files().length).toBe(before - 1);
});

test('a deleted account is out of sight at once and emptied by the worker', async () => {
  const service = createBlobService(deps);
  for (const name of ['a', 'b']) await service.putBlob({ account: 'gone', container: 'c', name }, big());
  const before = files().length;
  await service.deleteAccount('gone');
  expect(await service.findBlob({ account: 'gone', container: 'c', name: 'a' })).toBeUndefined();
  const worker = new Worker({ database: db.database, host: 'test', kinds: blobWorkKinds(deps), log: silentLog, clock: systemClock });
  await worker.start();
  await expect.poll(() => files().length, { timeout: 10_000 }).toBe(before - 2);
  await worker.stop();
});

test('files that no row knows are swept after the grace period; the others stay', async () => {
  const service = createBlobService(deps);
  await service.putBlob(at('kept'), big());
  const orphan = await deps.bytes.write(big());
  const young = await deps.bytes.write(big());
  const hourAgo = new Date(Date.now() - 7_200_000);
  for (const name of files()) if (!name.endsWith(young.byteId)) utimesSync(join(root, name), hourAgo, hourAgo);
  expect(await sweepOrphans(deps, 3_600_000)).toBe(1);
  expect(files().some((name) => name.endsWith(orphan.byteId))).toBe(false);
  expect(files().some((name) => name.endsWith(young.byteId))).toBe(true);
  expect((await service.findBlob(at('kept')))?.sizeBytes).toBe(INLINE_BYTES + 1000);
  await deps.bytes.remove([young.byteId]);
});

test('a failing upload leaves neither blob nor file', async () => {
  const service = createBlobService(deps);
  await service.ensureContainer('acct', 'files');
  const before = files().length;
  async function* broken() {
    yield big();
    throw new Error('the client went away');
  }
  await expect(service.putBlob(at('broken'), Readable.from(broken()))).rejects.toThrow('went away');
  expect(await service.findBlob(at('broken'))).toBeUndefined();
  expect(files().length).toBe(before);
});

test('commits of one name at the same time all succeed and the blob is one of them', async () => {
  const address = at('raced');
  await createBlobService(deps).ensureContainer('acct', 'files');
  const ids = ['AAAA', 'BBBB', 'CCCC'];
  const options = { headers: { contentType: 'x' }, metadata: {}, conditions: {} };
  for (const id of ids) await putBlock(deps, address, id, Buffer.from(id), {});
  await putBlockList(
    deps,
    address,
    ids.map((blockId) => ({ blockId, from: 'Latest' })),
    options,
  );
  await Promise.all(ids.map((blockId) => putBlockList(deps, address, [{ blockId, from: 'Latest' }], options).catch((error: unknown) => error)));
  const read = await readBlob(deps, address, undefined);
  if ('notModified' in read || Buffer.isBuffer(read.content)) throw new Error('no stream');
  expect(ids).toContain((await contentOf(read.content)).toString());
});

test('a repeated append adds nothing, a gap is refused, appends from many sides are all there', async () => {
  const service = createBlobService(deps);
  expect(await service.appendBlob(at('log'), Buffer.from('hello'), 0)).toBe(5);
  expect(await service.appendBlob(at('log'), Buffer.from('hello'), 0)).toBe(5);
  expect(await service.appendBlob(at('log'), Buffer.from('lo world'), 3)).toBe(11);
  await expect(service.appendBlob(at('log'), Buffer.from('x'), 12)).rejects.toMatchObject({ kind: 'conflict', code: 'AppendPositionConditionNotMet' });
  expect((await contentOf((await service.readBlob(at('log'))).stream)).toString()).toBe('hello world');
  await Promise.all(Array.from({ length: 30 }, () => service.appendBlob(at('many'), Buffer.from('0123456789'))));
  expect((await service.findBlob(at('many')))?.sizeBytes).toBe(300);
});

test('listing groups, pages and prefixes agree with each other', async () => {
  const service = createBlobService(deps);
  const container = `l${randomUUID().slice(0, 8)}`;
  const names = ['a/x/1', 'a/x/2', 'a/y', 'a0', 'b', 'ä', '漢'];
  for (const name of names) await service.putBlob(at(name, container), Buffer.from('x'));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await service.listBlobs('acct', container, { delimiter: '/', limit: 1, ...(after === undefined ? {} : { after }) });
    seen.push(...page.prefixes, ...page.blobs.map((blob) => blob.name));
    after = page.next;
  } while (after !== undefined);
  expect(seen).toEqual(['a/', 'a0', 'b', 'ä', '漢']);
  expect((await service.listBlobs('acct', container, { prefix: 'a/', limit: 10 })).blobs.map((blob) => blob.name)).toEqual(['a/x/1', 'a/x/2', 'a/y']);
  await service.deletePrefix('acct', container, 'a/');
  expect((await service.listBlobs('acct', container, { limit: 10 })).blobs.map((blob) => blob.name)).toEqual(['a0', 'b', 'ä', '漢']);
});
