// createProgram: every command of `lazurite`.

import { version } from '@lazurite/server/config/version.ts';
import { Command } from 'commander';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEnv, addExec } from './commands/env.ts';
import { addJob } from './commands/job.ts';
import { addLogin } from './commands/login.ts';
import { addQuickstart } from './commands/quickstart.ts';
import { addDown, addStatus, addUp } from './commands/up.ts';
import { addUser } from './commands/user.ts';
import { addWork } from './commands/work.ts';
import { addWorkspace } from './commands/workspace.ts';
import { PROGRAM } from './program-name.ts';

export function createProgram(): Command {
  const program = new Command('lazurite')
    .description('A self-hosted Azure Machine Learning workspace.')
    .version(version)
    .addHelpText(
      'after',
      '\nExamples:\n  lazurite quickstart                 start, train a model, show its metrics\n  lazurite up                         start and stay up\n  lazurite exec -- az ml job list     run any client against it\n\nExit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 no permission.',
    );
  for (const add of [addUp, addDown, addStatus, addQuickstart, addDoctor, addLogin, addEnv, addExec, addWorkspace, addJob, addUser, addWork, addCompletion]) add(program);
  prepare(program, PROGRAM);
  return program;
}

/** On every level: errors are thrown rather than ended with, and name the help of the command they are about. */
function prepare(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`Usage and examples: ${name} --help`);
  for (const child of command.commands) prepare(child, `${name} ${child.name()}`);
}
