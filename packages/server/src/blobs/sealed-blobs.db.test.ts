// Blobs of an account with a customer-managed key: sealed on disk and in the database, the same for whoever reads them.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import { type TestDatabase, testDatabase } from '../../../testkit/src/test-database.ts';
import { freeGarbage } from './blob-work.ts';
import type { BlobAddress } from './blob-service.ts';
import { copyBlob, readBlob } from './blobs.ts';
import { putBlock, putBlockList } from './blocks.ts';
import { unconditional } from './conditions.ts';
import type { BlobDeps } from './containers.ts';
import { createBlobService } from './create-blob-service.ts';
import { openLocalDisk } from './local-disk.ts';

const MARKER = Buffer.from('a marker that nobody else writes');
const keys = new Map(['one', 'two'].map((account) => [account, { id: randomUUID(), bytes: randomBytes(32) }]));
let isLocked = false;
let db: TestDatabase;
let root: string;
let deps: BlobDeps;
beforeAll(async () => {
  db = await testDatabase();
  root = mkdtempSync(join(tmpdir(), 'lazurite-sealed-'));
  const locked = (): never => {
    throw new Fault('forbidden', 'KeyVaultAccessDenied', 'The key is disabled.');
  };
  deps = {
    database: db.database,
    bytes: openLocalDisk(root, systemClock),
    clock: systemClock,
    keys: {
      ofContainer: async (account) => (isLocked ? locked() : keys.get(account)),
      open: async (id) => (isLocked ? locked() : ([...keys.values()].find((key) => key.id === id) ?? locked())),
    },
  };
});
afterAll(async () => {
  await db.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (account: string, name: string): BlobAddress => ({ account, container: 'c', name });
const paths = (): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((name) => statSync(name).isFile());

async function isVisible(): Promise<boolean> {
  const rows = await db.database.pool.query<{ inline_bytes: Buffer | null }>('select inline_bytes from blobs');
  return paths().some((path) => readFileSync(path).includes(MARKER)) || rows.rows.some((row) => row.inline_bytes?.includes(MARKER) === true);
}

async function contentOf(address: BlobAddress, range?: { readonly start: number; readonly end?: number }): Promise<Buffer> {
  const read = await readBlob(deps, address, range);
  if ('notModified' in read) throw new Error('not modified');
  const chunks: Buffer[] = [];
  for await (const chunk of Buffer.isBuffer(read.content) ? [read.content] : read.content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Of a length around the borders of chunks, with the marker all over it. */
function content(length: number): Buffer {
  const bytes = Buffer.alloc(length, MARKER);
  for (let index = 0; index < length; index += 5000) bytes.writeUInt8(Math.floor(index / 5000) % 256, index);
  return bytes;
}

test.each([0, 1, 5000, 16 * 1024, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 3 * 64 * 1024, 700_001])('%i bytes are read back, whole and in ranges', async (length) => {
  const bytes = content(length);
  const service = createBlobService(deps);
  const pieces = [bytes.subarray(0, Math.floor(length / 3)), bytes.subarray(Math.floor(length / 3))];
  const put = await service.putBlob(at('one', `b${length}`), Readable.from(pieces, { objectMode: false }));
  expect(put.sizeBytes).toBe(length);
  expect((await contentOf(at('one', `b${length}`))).equals(bytes)).toBe(true);
  for (const start of [0, 65_535, 65_536, 131_071, length - 1].filter((position) => position >= 0 && position < length)) {
    for (const end of [start, start + 1, start + 65_536, length - 1].filter((position) => position < length && position >= start))
      expect((await contentOf(at('one', `b${length}`), { start, end })).equals(bytes.subarray(start, end + 1))).toBe(true);
  }
});

test('blocks and appends are sealed too; a log of many appends becomes few files', async () => {
  const service = createBlobService(deps);
  const blocks = [content(100_000), content(70_000)];
  for (const [index, block] of blocks.entries()) await putBlock(deps, at('one', 'blocks'), Buffer.from(`b${index}`).toString('base64'), block, {});
  const list = blocks.map((_block, index) => ({ blockId: Buffer.from(`b${index}`).toString('base64'), from: 'Latest' as const }));
  await putBlockList(deps, at('one', 'blocks'), list, { headers: { contentType: 'x/y' }, metadata: {}, conditions: unconditional });
  expect((await contentOf(at('one', 'blocks'), { start: 99_000, end: 101_000 })).equals(Buffer.concat(blocks).subarray(99_000, 101_001))).toBe(true);

  await freeGarbage(deps);
  const before = paths().length;
  let whole = Buffer.alloc(0);
  for (let index = 0; index < 60; index += 1) {
    const line = content(3_000 + index);
    const length = await service.appendBlob(at('one', 'log'), line, whole.length);
    whole = Buffer.concat([whole, line]);
    expect(length).toBe(whole.length);
  }
  expect((await contentOf(at('one', 'log'))).equals(whole)).toBe(true);
  await freeGarbage(deps);
  expect(paths().length - before).toBeLessThan(5);
});

test('nothing of it can be seen on disk or in the database; without a key it can', async () => {
  const service = createBlobService(deps);
  expect(await isVisible()).toBe(false);
  await service.putBlob(at('plain', 'small'), content(500));
  expect(await isVisible()).toBe(true);
  await service.deleteBlob(at('plain', 'small'));
  await service.putBlob(at('plain', 'large'), content(50_000));
  expect(await isVisible()).toBe(true);
  await service.deleteBlob(at('plain', 'large'));
  await freeGarbage(deps);
});

test('a copy within an account shares the bytes; one to another account is sealed with its key', async () => {
  const service = createBlobService(deps);
  for (const length of [500, 200_000]) {
    await service.putBlob(at('one', 'from'), content(length));
    for (const account of ['one', 'two', 'plain']) {
      await service.ensureContainer(account, 'c');
      const copied = await copyBlob(deps, at('one', 'from'), at(account, 'to'), { conditions: unconditional, sourceConditions: unconditional, sourceUrl: 'https://one/c/from' });
      expect([copied.sizeBytes, copied.copy?.source]).toEqual([length, 'https://one/c/from']);
      expect((await contentOf(at(account, 'to'))).equals(content(length))).toBe(true);
    }
    await copyBlob(deps, at('plain', 'to'), at('two', 'back'), { conditions: unconditional, sourceConditions: unconditional, sourceUrl: 'https://plain/c/to' });
    await service.deleteBlob(at('plain', 'to'));
    await service.deleteBlob(at('one', 'from'));
    await freeGarbage(deps);
    expect(await isVisible()).toBe(false);
    expect((await contentOf(at('two', 'back'))).equals(content(length))).toBe(true);
    expect((await contentOf(at('one', 'to'))).equals(content(length))).toBe(true);
  }
});

test('while the key is not to be had, nothing is read or written, and deletes free as ever', async () => {
  const service = createBlobService(deps);
  await service.putBlob(at('one', 'kept'), content(100_000));
  await service.putBlob(at('one', 'small'), content(100));
  await service.putBlob(at('one', 'gone'), content(100_000));
  const before = paths().length;
  isLocked = true;
  const refusal = { kind: 'forbidden', code: 'KeyVaultAccessDenied' };
  await expect(contentOf(at('one', 'kept'))).rejects.toMatchObject(refusal);
  await expect(contentOf(at('one', 'small'))).rejects.toMatchObject(refusal);
  await expect(service.putBlob(at('one', 'new'), content(10))).rejects.toMatchObject(refusal);
  await expect(service.appendBlob(at('one', 'log'), content(10))).rejects.toMatchObject(refusal);
  expect(await service.deleteBlob(at('one', 'gone'))).toBe(true);
  await freeGarbage(deps);
  expect(paths().length).toBe(before - 1);
  isLocked = false;
  expect((await contentOf(at('one', 'kept'))).equals(content(100_000))).toBe(true);
});

test('changed, exchanged and cut bytes are noticed', async () => {
  const service = createBlobService(deps);
  await freeGarbage(deps);
  const known = new Set(paths());
  await service.putBlob(at('one', 'x'), content(100_000));
  const x = paths().find((path) => !known.has(path)) ?? '';
  await service.putBlob(at('one', 'y'), content(100_000));
  const y = paths().find((path) => !known.has(path) && path !== x) ?? '';
  const whole = readFileSync(x);
  const changed = Buffer.from(whole);
  changed.writeUInt8((changed[70_000] ?? 0) ^ 1, 70_000);
  for (const damaged of [changed, readFileSync(y), whole.subarray(0, 64 * 1024 + 16), whole.subarray(0, 80_000)]) {
    writeFileSync(x, damaged);
    await expect(contentOf(at('one', 'x'))).rejects.toMatchObject({ code: 'BytesDamaged' });
  }
});
