// Runs the command that was asked for, and ends with its exit status.

import { Fault } from '@lazurite/server/kernel/faults.ts';
import { CommanderError } from 'commander';
import { CommandError, exitStatus } from './exit-status.ts';
import { style } from './render/output.ts';
import { createProgram } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Why: `lazurite job list | head -1` closes the pipe, and that is no failure.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const code = error instanceof Fault ? `${error.code}: ` : '';
    process.stderr.write(`${style.red('lazurite:')} ${code}${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof CommandError && error.next !== undefined) process.stderr.write(`${style.dim('Try:')} ${error.next}\n`);
    if (process.env['LAZURITE_LOG_LEVEL'] === 'debug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = exitStatus(error);
  }
}
