// Installation files: what comes with the program besides code: the runner, the studio, the examples. In a checkout they
// are under packages/ or at its root, in the published form beside the program.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '#kernel/faults.ts';

const PLACES = {
  runner: ['packages/runner/lazurite_runner.py', 'runner/lazurite_runner.py'],
  studio: ['packages/studio/dist', 'studio'],
  examples: ['examples'],
} as const;

/** Absolute path, or undefined when this installation has none (the studio before it is built). */
export function findInstallationFile(what: keyof typeof PLACES): string | undefined {
  // Why: place by place, because in a checkout packages/studio, the source, would pass for the published form's `studio`.
  for (const place of PLACES[what]) {
    for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, place))) return join(folder, place);
    }
  }
  return undefined;
}

/** Throws `internal`/`InstallationIncomplete`. */
export function installationFile(what: keyof typeof PLACES): string {
  const found = findInstallationFile(what);
  if (found === undefined) throw new Fault('internal', 'InstallationIncomplete', `This installation of Lazurite lacks its ${what} (${PLACES[what].join(' or ')}). Install it again.`);
  return found;
}
