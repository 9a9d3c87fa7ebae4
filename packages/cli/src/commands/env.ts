// lazurite env and exec: any client, unchanged, with the environment it needs.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Command, Option } from 'commander';
import { openApi } from '../api-client.ts';
import { chooseWorkspace } from '../choose-workspace.ts';
import { clientEnvironment, renderEnvironment, SHELLS, type Shell } from '../client-environment.ts';
import { CommandError } from '../exit-status.ts';
import { addWorkspaceOptions, dataDirOf, dataDirOption, type WorkspaceOptions } from '../options.ts';
import { getServer } from '../running-server.ts';

/** What shells answer for a command that is not there. */
const NO_COMMAND = 127;

interface EnvOptions extends WorkspaceOptions {
  readonly json?: boolean;
  readonly shell: Shell;
}

export function addEnv(program: Command): void {
  const env = program
    .command('env')
    .description('print the environment variables that Azure and MLflow clients need')
    .addOption(dataDirOption())
    .option('--json', 'as one JSON object')
    .addOption(new Option('--shell <name>', 'whose syntax').choices(SHELLS).default('bash'));
  addWorkspaceOptions(env)
    .addHelpText(
      'after',
      '\nWith -g or -w, MLFLOW_TRACKING_URI and a token for it (MLFLOW_TRACKING_TOKEN, it lasts about an hour) are included.\n\nExamples:\n  eval "$(lazurite env)"\n  lazurite env --shell fish | source\n  lazurite env --json -g dev -w demo',
    )
    .action(async (options: EnvOptions) => {
      const variables = await variablesFor(options);
      process.stdout.write(options.json === true ? `${JSON.stringify(variables, undefined, 2)}\n` : renderEnvironment(variables, options.shell));
    });
}

export function addExec(program: Command): void {
  const exec = program.command('exec').description('run a command with that environment').addOption(dataDirOption()).argument('<command...>', 'the command and its arguments, after --');
  addWorkspaceOptions(exec)
    .addHelpText(
      'after',
      `\nEnds with the status of the command; ${NO_COMMAND} when there is no such command.\n\nExamples:\n  lazurite exec -- python submit.py\n  lazurite exec -- terraform plan\n  lazurite exec -g dev -w demo -- mlflow experiments search`,
    )
    .action(async (words: readonly string[], options: EnvOptions) => {
      const variables = await variablesFor(options);
      const [command = '', ...args] = words;
      const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
      // Why: the command decides what a signal means; on a terminal it gets Ctrl-C itself, as part of our group.
      for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new CommandError(`There is no command ${command} on PATH.`, NO_COMMAND) : error));
        child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
      });
    });
}

async function variablesFor(options: WorkspaceOptions): Promise<Readonly<Record<string, string>>> {
  const connection = await getServer(dataDirOf(options));
  if (options.workspace === undefined && options.resourceGroup === undefined) return clientEnvironment(connection);
  const api = openApi(connection);
  try {
    return { ...clientEnvironment(connection, await chooseWorkspace(api, options)), MLFLOW_TRACKING_TOKEN: await api.bearer() };
  } finally {
    await api.close();
  }
}
