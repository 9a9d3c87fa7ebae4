// Claiming a data folder: made with what is above it, held by one, refused with the reason.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimDataFolder } from './data-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'lazurite-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('is made with the folders above it, for its user only, and is the same folder when claimed again', async () => {
  const path = join(root, 'a', 'b');
  const first = await claimDataFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await expect(claimDataFolder(path)).rejects.toMatchObject({ code: 'DataFolderInUse', message: expect.stringContaining(`process ${process.pid}`) });
  await first.release();
  const again = await claimDataFolder(path);
  expect(again.id).toBe(first.id);
  await again.release();
});

test('is refused where a file is in the way', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  await expect(claimDataFolder(file)).rejects.toMatchObject({ code: 'DataFolderUnusable', message: expect.stringContaining('it is a file') });
  await expect(claimDataFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'DataFolderUnusable', message: expect.stringContaining('a file is in the place of a folder above it') });
});

// Node's own recursive mkdir never returns from there.
test.runIf(process.platform === 'linux')('is refused where the kernel makes no folders', async () => {
  await expect(claimDataFolder('/proc/lazurite/data')).rejects.toMatchObject({ code: 'DataFolderUnusable', message: expect.stringContaining('no folder can be made there') });
});
