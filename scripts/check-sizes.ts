// Checks the shape of the code: no source file above 400 lines, no folder above 20 files, a README in every folder of
// the server, and no folder with a name that means nothing.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const MOST_LINES = 400;
const MOST_FILES = 20;
/** Lists that only grow: a file for each table, a file for each change of one. */
const GROWING = new Set(['storage', 'migrations']);
const FORBIDDEN = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'lib', 'shared', 'stuff']);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', 'packages/*.ts', 'packages/*.tsx', 'packages/*.py', 'scripts/*.ts', 'bench/*.ts'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const problems: string[] = [];
const perFolder = new Map<string, number>();
for (const file of files) {
  const lines = readFileSync(file, 'utf8').split('\n').length - 1;
  const isTest = /\.test\.tsx?$/.test(file) || file.includes('/test/');
  // Why: the runner is one file on purpose, so that it can be copied to any node (docs/adr/0008).
  const isRunner = file === 'packages/runner/lazurite_runner.py';
  if (lines > MOST_LINES && !isTest && !isRunner) problems.push(`${file}: ${lines} lines; the most is ${MOST_LINES}. Divide it by noun.`);
  if (!isTest) perFolder.set(dirname(file), (perFolder.get(dirname(file)) ?? 0) + 1);
  for (const part of dirname(file).split('/')) if (FORBIDDEN.has(part)) problems.push(`${file}: a folder named ${part} says nothing about what is in it.`);
}
for (const [folder, count] of perFolder) {
  if (count > MOST_FILES && !GROWING.has(basename(folder))) problems.push(`${folder}: ${count} files; the most is ${MOST_FILES}. Divide it by noun.`);
  const isServerModule = /^packages\/server\/src\/[^/]+$/.test(folder);
  if (isServerModule && !existsSync(join(folder, 'README.md'))) problems.push(`${folder}: no README.md.`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${files.length} files, ${problems.length} problems of shape\n`);
process.exit(problems.length === 0 ? 0 : 1);
