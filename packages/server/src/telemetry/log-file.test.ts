// Symptom guarded: a log that grows until the disk is full.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogFile } from './log-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lazurite-log-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('keeps the newest lines in a bounded number of files', () => {
  const dir = join(root, 'logs');
  const file = createLogFile({ dir, maxBytes: 100, keep: 2 });
  for (let index = 0; index < 50; index += 1) file.write(`${'x'.repeat(20)} ${String(index).padStart(3, '0')}\n`);
  file.close();
  expect(readdirSync(dir).toSorted()).toEqual(['server.1.log', 'server.2.log', 'server.log']);
  const kept = ['server.2.log', 'server.1.log', 'server.log'].flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').filter(Boolean));
  expect(kept.at(-1)).toContain('049');
  expect(kept.map((line) => Number(line.slice(-3)))).toEqual(Array.from({ length: kept.length }, (_, index) => 50 - kept.length + index));
  expect(kept.length).toBeGreaterThanOrEqual(9);
});

test('goes on where an earlier process stopped', () => {
  const first = createLogFile({ dir: root });
  first.write('one\n');
  first.close();
  const second = createLogFile({ dir: root });
  second.write('two\n');
  second.close();
  expect(readFileSync(join(root, 'server.log'), 'utf8')).toBe('one\ntwo\n');
});

test('touches nothing before the first line', () => {
  createLogFile({ dir: join(root, 'none') }).close();
  expect(existsSync(join(root, 'none'))).toBe(false);
});
