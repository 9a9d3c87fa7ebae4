// Symptom guarded: a silent minute while the environment of the first job is built.

import { expect, test } from 'vitest';
import { createEnvironmentProgress } from './environment-progress.ts';

const at = (line: string): string => `2026-01-01T00:00:00.000Z environment: ${line}\n`;

test('says what the build is at, with counts', () => {
  const { read, isOver } = createEnvironmentProgress();
  expect(read('2026-01-01T00:00:00.000Z attempt 1: preparing\n')).toBeUndefined();
  expect(read(at('Building environment abc'))?.text).toBe('Building the environment, the first time only');
  expect(read(at('Resolved 53 packages in 1.29s'))).toEqual({ phase: 'resolving', text: 'Resolved 53 packages' });
  expect(read(at('Downloading scipy-1.0.whl (33 MB)'))?.text).toBe('Downloading packages: 1 of 53, scipy-1.0.whl');
  expect(read(at('Installed 53 packages in 228ms'))?.text).toBe('Installed 53 packages');
  expect(read(at('Environment abc is ready after 7.4 s, 334 MB'))?.text).toBe('Environment ready after 7.4 s, 334 MB');
  expect(isOver()).toBe(false);
  expect(read(at('built, abc'))).toBeUndefined();
  expect(isOver()).toBe(true);
});

test('waits for the end of a line', () => {
  const { read } = createEnvironmentProgress();
  expect(read('2026-01-01T00:00:00.000Z environment: Building envi')).toBeUndefined();
  expect(read('ronment abc\n')?.phase).toBe('building');
});
