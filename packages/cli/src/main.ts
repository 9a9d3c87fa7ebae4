// lazurite: the command line.

import { Fault } from '@lazurite/server/kernel/faults.ts';
import { Command, CommanderError } from 'commander';
import { addDoctor } from './commands/doctor.ts';
import { addEnv, addExec } from './commands/env.ts';
import { addJob } from './commands/job.ts';
import { addLogin } from './commands/login.ts';
import { addQuickstart } from './commands/quickstart.ts';
import { addDown, addStatus, addUp } from './commands/up.ts';
import { exitStatus } from './exit-status.ts';
import { style } from './output.ts';
import { version } from '@lazurite/server/config/version.ts';

const program = new Command('lazurite')
  .description('A self-hosted Azure Machine Learning workspace.')
  .version(version)
  .showHelpAfterError('Add --help for usage and examples.')
  .addHelpText(
    'after',
    '\nExamples:\n  lazurite quickstart                 start, train a model, show its metrics\n  lazurite up                         start and stay up\n  lazurite exec -- az ml job list     run any client against it',
  );

for (const add of [addUp, addDown, addStatus, addEnv, addExec, addDoctor, addQuickstart, addLogin, addJob]) add(program);
exitWithTwo(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const code = error instanceof Fault ? `${error.code}: ` : '';
    process.stderr.write(`${style.red('lazurite:')} ${code}${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['LAZURITE_LOG_LEVEL'] === 'debug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = exitStatus(error);
  }
}

/** Wrong usage ends with status 2, on every level. */
function exitWithTwo(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitWithTwo(child);
}
