// Shares below the protocol, on a real database and disk: ranges against an array of bytes, pieces freed, crumbs joined,
// races that end well, and seals.

import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { silentLog } from '#kernel/context.ts';
import { isFault } from '#kernel/faults.ts';
import { workspaceShares } from '#storage/migrations/0061-workspace-shares.ts';
import { Worker } from '#work/worker.ts';
import { type TestDatabase, testDatabase } from '../../../../testkit/src/test-database.ts';
import { blobWorkKinds, freeGarbage, sweepOrphans } from '../blob-work.ts';
import type { BlobDeps } from '../containers.ts';
import { openLocalDisk } from '../local-disk.ts';
import { compactFile } from './compaction.ts';
import { copyFile, putFile } from './copies.ts';
import { createDirectory, createFile, type FileAddress, findEntry, removeEntry, renameEntry } from './entries.ts';
import { createFileService } from './file-service.ts';
import { parsePath } from './names.ts';
import { setFileProperties } from './properties.ts';
import { clearRange, listRanges, readFile, writeRange } from './ranges.ts';
import { createShare, deleteShare, getShare, usageOf } from './shares.ts';
import { shareWorkKinds } from './share-work.ts';
import { newSmb } from './smb.ts';

let db: TestDatabase;
let root: string;
let deps: BlobDeps;
beforeAll(async () => {
  db = await testDatabase();
  root = mkdtempSync(join(tmpdir(), 'lazurite-files-'));
  deps = { database: db.database, bytes: openLocalDisk(root, systemClock), clock: systemClock };
  await createShare(deps, 'acct', 'share', {});
});
afterAll(async () => {
  await db.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (path: string, share = 'share'): FileAddress => ({ account: 'acct', share, path: parsePath(path) });
const empty = { headers: {}, contentMd5: undefined, metadata: {}, smb: newSmb('Archive', 0) };
const now = { keepsWriteTime: false };

function files(): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile());
}

async function bytesOf(content: Buffer | Readable): Promise<Buffer> {
  if (Buffer.isBuffer(content)) return content;
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function readAll(path: string): Promise<Buffer> {
  return bytesOf((await readFile(deps, at(path), undefined)).content);
}

async function pieces(): Promise<number> {
  const { rows } = await sql<{ n: string }>`select count(*) as n from file_pieces`.execute(db.database.sql);
  return Number(rows[0]?.n);
}

async function refusal(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (error: unknown) => (isFault(error) ? error.code : String(error)),
  );
}

test('any sequence of writes, clears and cuts reads as an array of bytes would, also after the crumbs are joined', async () => {
  const size = 300_000;
  let model = Buffer.alloc(size);
  await createFile(deps, at('model.bin'), { ...empty, sizeBytes: size });
  for (let step = 0; step < 150; step += 1) {
    const start = randomInt(model.length - 1);
    const past = Math.min(model.length, start + 1 + randomInt(step % 10 === 0 ? 100_000 : 3000));
    const kind = randomInt(10);
    if (kind < 7) {
      const content = randomBytes(past - start);
      content.copy(model, start);
      await writeRange(deps, at('model.bin'), start, content, now);
    } else if (kind < 9) {
      model.fill(0, start, past);
      await clearRange(deps, at('model.bin'), start, past, now);
    } else {
      const length = model.length - 500 + randomInt(1000);
      const next = Buffer.alloc(length);
      model.copy(next);
      model = next;
      await setFileProperties(deps, at('model.bin'), { sizeBytes: length, smb: (smb) => smb });
    }
  }
  expect((await readAll('model.bin')).equals(model)).toBe(true);
  const entry = await findEntry(deps, at('model.bin'));
  const spans = await listRanges(deps, entry ?? expect.fail('gone'), 0, model.length, 10_000);
  const outside = Buffer.from(model);
  for (const { startAt, endAt } of spans) outside.fill(0, startAt, endAt);
  expect(outside.equals(Buffer.alloc(model.length))).toBe(true);
  const before = await pieces();
  expect(await compactFile(deps, { account: 'acct', share: 'share' }, entry?.id ?? '')).toBeGreaterThan(0);
  expect(await pieces()).toBeLessThan(before);
  expect((await readAll('model.bin')).equals(model)).toBe(true);
  expect((await findEntry(deps, at('model.bin')))?.etag).toBe(entry?.etag);
  const range = await readFile(deps, at('model.bin'), { start: 1000, end: 200_000 });
  expect((await bytesOf(range.content)).equals(model.subarray(1000, 200_001))).toBe(true);
  await removeEntry(deps, at('model.bin'), 'file');
  expect(await pieces()).toBe(0);
  await freeGarbage(deps);
  expect(files()).toEqual([]);
});

test('a large file comes in windows, and one that changes between them ends', async () => {
  const content = randomBytes(9_000_000);
  await putFile(deps, at('large'), Readable.from([content.subarray(0, 5_000_000), content.subarray(5_000_000)]), empty);
  expect((await readAll('large')).equals(content)).toBe(true);
  const { content: stream } = await readFile(deps, at('large'), undefined);
  await writeRange(deps, at('large'), 8_999_990, Buffer.from('changed'), now);
  await expect(bytesOf(stream)).rejects.toMatchObject({ code: 'ConditionNotMet' });
  await removeEntry(deps, at('large'), 'file');
});

test('a copy shares the bytes of its source and outlives it', async () => {
  const content = randomBytes(100_000);
  const options = { sourceUrl: 'x', smb: () => empty.smb };
  await putFile(deps, at('source'), content, { ...empty, metadata: { a: '1' } });
  await copyFile(deps, at('source'), at('copy'), options);
  expect(await pieces()).toBe(1);
  await writeRange(deps, at('source'), 0, Buffer.from('other'), now);
  await removeEntry(deps, at('source'), 'file');
  expect((await readAll('copy')).equals(content)).toBe(true);
  expect((await copyFile(deps, at('copy'), at('copy'), { ...options, metadata: { b: '2' } })).metadata).toEqual({ b: '2' });
  expect((await readAll('copy')).equals(content)).toBe(true);
  await removeEntry(deps, at('copy'), 'file');
  expect(await pieces()).toBe(0);
});

test('parallel writes, creations, moves and removals end in a tree that is whole', async () => {
  await createDirectory(deps, at('d'), { metadata: {}, smb: empty.smb });
  await createFile(deps, at('d/parallel'), { ...empty, sizeBytes: 80_000 });
  const content = randomBytes(80_000);
  await Promise.all(Array.from({ length: 20 }, (_, index) => writeRange(deps, at('d/parallel'), index * 4000, content.subarray(index * 4000, (index + 1) * 4000), now)));
  expect((await readAll('D/Parallel')).equals(content)).toBe(true);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => refusal(createDirectory(deps, at('d/same'), { metadata: {}, smb: empty.smb }))));
  expect(outcomes.filter((outcome) => outcome === 'done').length).toBe(1);
  expect(new Set(outcomes)).toEqual(new Set(['done', 'ResourceAlreadyExists']));
  const keep = { replacesFile: true, ignoresReadOnly: false };
  const races = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      refusal(
        index % 3 === 0
          ? createFile(deps, at(`d/same/f${index}`), { ...empty, sizeBytes: 1 })
          : index % 3 === 1
            ? removeEntry(deps, at('d/same'), 'directory')
            : copyFile(deps, at(index % 2 === 0 ? 'd/parallel' : 'd/p2'), at(index % 2 === 0 ? 'd/p2' : 'd/parallel'), { sourceUrl: 'x', smb: () => empty.smb }),
      ),
    ),
  );
  expect(races.filter((race) => !['done', 'ParentNotFound', 'DirectoryNotEmpty', 'ResourceNotFound'].includes(race))).toEqual([]);
  await createDirectory(deps, at('e'), { metadata: {}, smb: empty.smb });
  const moves = await Promise.all([refusal(renameEntry(deps, at('d'), at('e/d'), 'directory', keep)), refusal(renameEntry(deps, at('e'), at('d/e'), 'directory', keep))]);
  expect(moves.filter((move) => move === 'done').length).toBe(1);
  const paths = (await createFileService(deps).listBlobs('acct', 'share', { limit: 100 })).blobs.map((blob) => blob.name);
  expect(paths.some((path) => path.endsWith('/parallel'))).toBe(true);
});

test('the share knows what is in it, and stops at its quota', async () => {
  await createShare(deps, 'acct', 'small', { quotaGib: 1 });
  const usage = async () => usageOf(deps, await getShare(deps, 'acct', 'small'));
  await createFile(deps, at('a', 'small'), { ...empty, sizeBytes: 1000 ** 3 });
  expect(await usage()).toBe(1000 ** 3);
  expect(await refusal(createFile(deps, at('b', 'small'), { ...empty, sizeBytes: 1000 ** 3 }))).toBe('ShareSizeLimitReached');
  expect(await refusal(setFileProperties(deps, at('a', 'small'), { sizeBytes: 2 * 1024 ** 3, smb: (smb) => smb }))).toBe('ShareSizeLimitReached');
  await setFileProperties(deps, at('a', 'small'), { sizeBytes: 10, smb: (smb) => smb });
  await createFile(deps, at('b', 'small'), { ...empty, sizeBytes: 1000 ** 3 });
  await removeEntry(deps, at('a', 'small'), 'file');
  expect(await usage()).toBe(1000 ** 3);
});

test('a deleted share is out of sight at once and emptied by the worker; crumbs are joined by it', async () => {
  const service = createFileService(deps);
  for (const name of ['a/b/c.bin', 'a/d.bin', 'e.bin']) await service.putBlob({ account: 'acct', container: 'gone', name }, randomBytes(50_000));
  expect((await service.listBlobs('acct', 'gone', { prefix: 'a/', limit: 1 })).next).toBe('b/c.bin');
  expect((await service.listBlobs('acct', 'gone', { prefix: 'a/', limit: 1, after: 'b/c.bin' })).blobs.map((blob) => blob.name)).toEqual(['a/d.bin']);
  await createFile(deps, at('crumbs'), { ...empty, sizeBytes: 200_000 });
  for (let index = 0; index < 140; index += 1) await writeRange(deps, at('crumbs'), index * 100, Buffer.alloc(100, index + 1), now);
  const before = await pieces();
  await deleteShare(deps, 'acct', 'gone', 'test');
  expect(await refusal(findEntry(deps, at('a', 'gone')))).toBe('ShareNotFound');
  const worker = new Worker({ database: db.database, host: 'test', kinds: [...blobWorkKinds(deps), ...shareWorkKinds(deps)], log: silentLog, clock: systemClock });
  await worker.start();
  try {
    await expect.poll(async () => (await sql`select 1 from file_shares where deleted_at is not null`.execute(db.database.sql)).rows.length, { timeout: 20_000 }).toBe(0);
    await expect.poll(pieces, { timeout: 20_000 }).toBeLessThan(before - 100);
  } finally {
    await worker.stop();
  }
  expect((await readAll('crumbs')).subarray(0, 14_000).equals(Buffer.concat(Array.from({ length: 140 }, (_, index) => Buffer.alloc(100, index + 1))))).toBe(true);
});

test('content under a key lies sealed on the disk and in the database, whichever way it came', async () => {
  const key = { id: '00000000-0000-4000-8000-000000000001', bytes: randomBytes(32) };
  const sealed: BlobDeps = { ...deps, keys: { ofContainer: async (account) => (account === 'sealed' ? key : undefined), open: async () => key } };
  const place = (path: string): FileAddress => ({ account: 'sealed', share: 'share', path: parsePath(path) });
  await createShare(sealed, 'sealed', 'share', {});
  const [long, short] = [Buffer.from('in plain sight, long '.repeat(5000)), Buffer.from('in plain sight, short '.repeat(10))];
  await putFile(sealed, place('long'), long, empty);
  await createFile(sealed, place('short'), { ...empty, sizeBytes: short.length });
  await writeRange(sealed, place('short'), 0, short, now);
  await writeRange(sealed, place('long'), 70_000, short, now);
  await copyFile(sealed, place('long'), place('copy'), { sourceUrl: 'x', smb: () => empty.smb });
  await putFile(deps, at('open'), long, empty);
  await copyFile(sealed, at('open'), place('taken'), { sourceUrl: 'x', smb: () => empty.smb });
  short.copy(long, 70_000);
  const read = async (path: string): Promise<Buffer> => bytesOf((await readFile(sealed, place(path), undefined)).content);
  expect((await read('copy')).equals(long)).toBe(true);
  expect((await read('short')).equals(short)).toBe(true);
  expect((await read('taken')).subarray(0, 70_000).equals(long.subarray(0, 70_000))).toBe(true);
  await removeEntry(deps, at('open'), 'file');
  await freeGarbage(deps);
  const rows = await sql<{ inline_bytes: Buffer }>`select inline_bytes from file_pieces where inline_bytes is not null and key_id is not null`.execute(db.database.sql);
  expect(rows.rows.length).toBeGreaterThan(0);
  const kept = [...files().map((name) => readFileSync(join(root, name))), ...rows.rows.map((row) => row.inline_bytes)];
  expect(kept.filter((bytes) => bytes.includes('in plain sight')).length).toBe(0);
  expect(await sweepOrphans(deps, -60_000)).toBe(0);
});

test('workspaces that are older than shares get theirs when the database is migrated', async () => {
  const account = '/subscriptions/s/resourcegroups/g/providers/microsoft.storage/storageaccounts/oldacct';
  const put = (key: string, type: string, name: string, properties: object) =>
    db.database.pool.query(
      `insert into resources (key, id, type, name, parent_key, properties, etag, provisioning_state, system_data) values ($1, $1, $2, $3, '/subscriptions/s/resourcegroups/g', $4, 'e', 'Succeeded', '{}')`,
      [key, type, name, JSON.stringify(properties)],
    );
  await put(account, 'microsoft.storage/storageaccounts', 'OldAcct', {});
  await put('/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/old', 'microsoft.machinelearningservices/workspaces', 'old', {
    storageAccount: account.replace('oldacct', 'OldAcct'),
    workspaceId: 'abc',
  });
  await createShare(deps, 'oldacct', 'azureml-filestore-abc', {});
  for (const _round of [1, 2]) await db.database.pool.query(`begin; ${workspaceShares.sql} commit;`);
  expect(await getShare(deps, 'oldacct', 'code-abc')).toMatchObject({ quotaGib: 5120, metadata: {} });
  await createFile(deps, { account: 'oldacct', share: 'code-abc', path: parsePath('first.txt') }, { sizeBytes: 0, ...empty });
  expect((await db.database.pool.query("select name from file_shares where account = 'oldacct' order by name")).rows).toEqual([{ name: 'azureml-filestore-abc' }, { name: 'code-abc' }]);
  await db.database.pool.query("delete from resources where key like '/subscriptions/s/%'");
});
