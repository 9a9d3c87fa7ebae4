// Symptom guarded: a hint that the shell of who follows it does not know.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programName } from './program-name.ts';

test('is npx lazurite until the command is installed outside of a project', () => {
  const root = mkdtempSync(join(tmpdir(), 'lazurite-name-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [local, global] = [join(root, 'node_modules', '.bin'), join(root, 'bin')];
  for (const folder of [local, global]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(local, 'lazurite'), '');
  const path = [local, global, ''].join(delimiter);
  expect(programName(path)).toBe('npx lazurite');
  writeFileSync(join(global, 'lazurite'), '');
  expect(programName(path)).toBe('lazurite');
});
