// Builds the program as the published form has it, when its sources are newer. `npm ci` calls it; until the next build a
// changed source is run as it is.

import { rmSync } from 'node:fs';
import { builtProgram, PROGRAM_FOLDER } from '../packages/cli/bin/built-program.mjs';
import { writeProgram } from './program-bundle.ts';

if (process.argv.includes('--force') || builtProgram() === undefined) {
  rmSync(PROGRAM_FOLDER, { recursive: true, force: true });
  await writeProgram(PROGRAM_FOLDER);
}
