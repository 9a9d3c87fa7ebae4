// BuiltProgram: the program as it was built last, if nothing it was built from has changed since.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const SOURCES = ['cli/package.json', 'cli/src', 'server/package.json', 'server/src', '../package-lock.json'];

export const PROGRAM_FOLDER = join(packages, 'cli', 'dist');

/** Its path; undefined when there is none, or an older one. */
export function builtProgram() {
  const program = join(PROGRAM_FOLDER, 'lazurite.js');
  const builtMs = statSync(program, { throwIfNoEntry: false })?.mtimeMs;
  return builtMs !== undefined && SOURCES.every((source) => isOlder(join(packages, source), builtMs)) ? program : undefined;
}

/** Folders count with their own time, which says what was removed from them. */
function isOlder(path, timeMs) {
  const stats = statSync(path);
  if (stats.mtimeMs > timeMs) return false;
  return !stats.isDirectory() || readdirSync(path).every((name) => name.endsWith('.test.ts') || isOlder(join(path, name), timeMs));
}
