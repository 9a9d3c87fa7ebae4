// PROGRAM: how a person types this program here: `lazurite` where it is installed for all, else through npx.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders that npm puts before the search path of what it runs do not count: a shell does not have them. */
export function programName(path: string): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
  return folders.some((folder) => existsSync(join(folder, 'lazurite')) || existsSync(join(folder, 'lazurite.cmd'))) ? 'lazurite' : 'npx lazurite';
}

export const PROGRAM = programName(process.env['PATH'] ?? '');
