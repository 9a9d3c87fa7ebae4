// Symptom guarded: the same code uploaded twice, or different code taken for the same, by a hash that is not Azure's.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashFiles, listFiles } from './upload.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lazurite-upload-'));
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, 'sub', 'B.py'), 'bb');
  writeFileSync(join(root, 'a.py'), 'a');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const names = (): readonly string[] => listFiles(root).map(({ name }) => name);

test('lists files in order, without caches and what is to be ignored', () => {
  mkdirSync(join(root, '__pycache__'));
  writeFileSync(join(root, '__pycache__', 'a.pyc'), '');
  writeFileSync(join(root, 'data.csv'), 'x');
  writeFileSync(join(root, '.gitignore'), 'a.py\n');
  writeFileSync(join(root, '.amlignore'), '*.csv\n');
  expect(names()).toEqual(['.gitignore', 'a.py', 'sub/B.py']);
});

test('follows links, but not in circles, and names those to nothing', () => {
  symlinkSync(join(root, 'a.py'), join(root, 'link.py'));
  symlinkSync(root, join(root, 'sub', 'up'));
  expect(names()).toEqual(['a.py', 'link.py', 'sub/B.py']);
  symlinkSync(join(root, 'nothing'), join(root, 'broken'));
  expect(names).toThrow(/broken is a link to nothing/);
});

test('hashes count, names, sizes and contents as hash version 202208 does', async () => {
  const expected = createHash('sha256').update('2').update('#a.py#1').update('#sub/B.py#2').update('a').update('bb').digest('hex');
  expect(await hashFiles(listFiles(root))).toBe(expected);
  writeFileSync(join(root, 'a.py'), 'A');
  expect(await hashFiles(listFiles(root))).not.toBe(expected);
});
