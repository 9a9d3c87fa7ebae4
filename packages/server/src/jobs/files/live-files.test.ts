// Logs and folders on their way to the store, and input copies; on real files, with a store in memory.

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeBlobs } from '../../../../testkit/src/fake-blobs.ts';
import { startFolderSync } from './folder-sync.ts';
import { createInputCache } from './input-cache.ts';
import { startLogShipper } from './log-shipper.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lazurite-files-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const address = { account: 'a', container: 'c', name: 'log.txt' };

describe('log shipper', () => {
  test('ships what is appended, as it is appended', async () => {
    const blobs = createFakeBlobs();
    const file = join(dir, 'log');
    writeFileSync(file, 'one\n');
    let shipped = Promise.withResolvers<void>();
    const shipper = startLogShipper({ blobs, file, address, base: 0, onShipped: async () => shipped.resolve(), onError: () => undefined });
    await shipped.promise;
    expect(blobs.text('a', 'c', 'log.txt')).toBe('one\n');
    shipped = Promise.withResolvers<void>();
    appendFileSync(file, 'two\n');
    await shipped.promise;
    expect(blobs.text('a', 'c', 'log.txt')).toBe('one\ntwo\n');
    shipper.close();
  });

  test('a shipper that starts again after a crash adds only what is missing, after what an earlier attempt wrote', async () => {
    const blobs = createFakeBlobs();
    await blobs.appendBlob(address, Buffer.from('earlier attempt\n'));
    const file = join(dir, 'log');
    writeFileSync(file, 'one\n');
    const first = startLogShipper({ blobs, file, address, base: 16, onShipped: async () => undefined, onError: () => undefined });
    await first.flush();
    first.close();
    appendFileSync(file, 'two\n');
    const second = startLogShipper({ blobs, file, address, base: 16, onShipped: async () => undefined, onError: () => undefined });
    await Promise.all([second.flush(), second.flush()]);
    second.close();
    expect(blobs.text('a', 'c', 'log.txt')).toBe('earlier attempt\none\ntwo\n');
  });

  test('an append that fails is made good by the next, without a gap or a double', async () => {
    const blobs = createFakeBlobs();
    const file = join(dir, 'log');
    writeFileSync(file, 'x'.repeat(3 << 20));
    let failures = 1;
    const flaky = {
      ...blobs,
      appendBlob: async (...parameters: Parameters<typeof blobs.appendBlob>) => {
        const length = await blobs.appendBlob(...parameters);
        if (failures > 0) {
          failures -= 1;
          throw new Error('the answer was lost');
        }
        return length;
      },
    };
    const shipper = startLogShipper({ blobs: flaky, file, address, base: 0, onShipped: async () => undefined, onError: () => undefined });
    await shipper.flush().catch(() => undefined);
    await shipper.flush();
    shipper.close();
    expect(blobs.text('a', 'c', 'log.txt')?.length).toBe(3 << 20);
  });
});

describe('folder sync', () => {
  const options = (blobs: ReturnType<typeof createFakeBlobs>, skipped: string[]) => ({
    blobs,
    folder: join(dir, 'out'),
    addressOf: (relativePath: string) => ({ account: 'a', container: 'c', name: `p/${relativePath}` }),
    linkRoot: dir,
    mirrorsDeletes: true,
    onSkipped: (path: string) => void skipped.push(path),
    onError: () => undefined,
  });

  test('brings new and changed files, follows no link out of the job, and mirrors deletes', async () => {
    const blobs = createFakeBlobs();
    const skipped: string[] = [];
    mkdirSync(join(dir, 'out', 'sub'), { recursive: true });
    writeFileSync(join(dir, 'out', 'sub', 'a.txt'), 'a');
    writeFileSync(join(dir, 'out', 'empty'), '');
    symlinkSync('/etc/hostname', join(dir, 'out', 'outside'));
    symlinkSync('sub/a.txt', join(dir, 'out', 'latest'));
    symlinkSync('..', join(dir, 'out', 'loop'));
    const sync = await startFolderSync(options(blobs, skipped), false);
    const signal = new AbortController().signal;
    expect(await sync.finish(signal)).toBe(3);
    expect(blobs.names('a', 'c')).toEqual(['p/empty', 'p/latest', 'p/sub/a.txt']);
    expect(skipped).toContain('outside');
    const { puts } = blobs.counts;
    rmSync(join(dir, 'out', 'latest'));
    writeFileSync(join(dir, 'out', 'sub', 'a.txt'), 'changed');
    await sync.finish(signal);
    expect(blobs.names('a', 'c')).toEqual(['p/empty', 'p/sub/a.txt']);
    expect(blobs.text('a', 'c', 'p/sub/a.txt')).toBe('changed');
    expect(blobs.counts.puts).toBe(puts + 1);
  });

  test('live: a file reaches the store while the command still runs', async () => {
    const blobs = createFakeBlobs();
    const arrived = Promise.withResolvers<void>();
    const watched = { ...blobs, putBlob: (...parameters: Parameters<typeof blobs.putBlob>) => blobs.putBlob(...parameters).finally(arrived.resolve) };
    const sync = await startFolderSync({ ...options(blobs, []), blobs: watched }, true);
    writeFileSync(join(dir, 'out', 'checkpoint'), '1');
    await arrived.promise;
    expect(blobs.text('a', 'c', 'p/checkpoint')).toBe('1');
    sync.close();
  });
});

describe('input cache', () => {
  test('downloads a blob once, gives each job its own copy, and forgets it when it is not used', async () => {
    const blobs = createFakeBlobs();
    const properties = await blobs.putBlob({ ...address, name: 'd.csv' }, Buffer.from('1,2'));
    const cache = createInputCache(join(dir, 'cache'));
    const signal = new AbortController().signal;
    await cache.place(blobs, { ...address, name: 'd.csv' }, properties, join(dir, 'one'), signal);
    writeFileSync(join(dir, 'one'), 'poison');
    await cache.place(blobs, { ...address, name: 'd.csv' }, properties, join(dir, 'two'), signal);
    expect(readFileSync(join(dir, 'two'), 'utf8')).toBe('1,2');
    expect(blobs.counts.reads).toBe(1);
    await cache.prune(new Date(Date.now() + 60_000));
    await cache.place(blobs, { ...address, name: 'd.csv' }, properties, join(dir, 'three'), signal);
    expect(blobs.counts.reads).toBe(2);
    expect(existsSync(join(dir, 'three'))).toBe(true);
  });
});
