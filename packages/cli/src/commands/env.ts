// lazurite env and exec: any client, unchanged, with the environment it needs.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { loadSettings } from '@lazurite/server/config/settings.ts';
import type { Command } from 'commander';
import { clientEnvironment, renderEnvironment, type Shell, type Workspace } from '../client-environment.ts';
import { CommandError } from '../exit-status.ts';
import { getServer } from '../running-server.ts';

interface EnvOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly shell?: string;
  readonly resourceGroup?: string;
  readonly workspace?: string;
}

export function addEnv(program: Command): void {
  program
    .command('env')
    .description('print the environment variables that Azure and MLflow clients need')
    .option('--data-dir <folder>', 'data folder of the server (default ~/.lazurite)')
    .option('--json', 'as one JSON object')
    .option('--shell <name>', 'bash, fish or powershell', 'bash')
    .option('-g, --resource-group <name>', 'with --workspace: adds MLFLOW_TRACKING_URI')
    .option('-w, --workspace <name>', 'a workspace of that group')
    .addHelpText('after', '\nExamples:\n  eval "$(lazurite env)"\n  lazurite env --shell fish | source\n  lazurite env --json -g dev -w demo')
    .action(async (options: EnvOptions) => {
      const variables = clientEnvironment(await getServer(folderOf(options)), workspaceOf(options));
      process.stdout.write(options.json === true ? `${JSON.stringify(variables, undefined, 2)}\n` : renderEnvironment(variables, shellOf(options.shell ?? 'bash')));
    });
}

export function addExec(program: Command): void {
  program
    .command('exec')
    .description('run a command with that environment')
    .option('--data-dir <folder>', 'data folder of the server (default ~/.lazurite)')
    .option('-g, --resource-group <name>', 'with --workspace: adds MLFLOW_TRACKING_URI')
    .option('-w, --workspace <name>', 'a workspace of that group')
    .argument('<command...>', 'the command and its arguments, after --')
    .addHelpText('after', '\nExamples:\n  lazurite exec -- python submit.py\n  lazurite exec -- terraform plan\n  lazurite exec -g dev -w demo -- mlflow experiments search')
    .action(async (words: readonly string[], options: EnvOptions) => {
      const variables = clientEnvironment(await getServer(folderOf(options)), workspaceOf(options));
      const [command = '', ...args] = words;
      const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
      const status = await new Promise<number>((resolve, reject) => {
        child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new CommandError(`There is no command ${command} on PATH.`, 3) : error));
        child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
      });
      process.exitCode = status;
    });
}

function folderOf(options: EnvOptions): string {
  return loadSettings(options.dataDir === undefined ? {} : { dataDir: options.dataDir }).dataDir;
}

function workspaceOf(options: EnvOptions): Workspace | undefined {
  if (options.workspace === undefined) return undefined;
  if (options.resourceGroup === undefined) throw new CommandError('--workspace needs --resource-group as well.', 2);
  return { name: options.workspace, resourceGroup: options.resourceGroup };
}

function shellOf(text: string): Shell {
  if (text === 'bash' || text === 'fish' || text === 'powershell') return text;
  throw new CommandError(`--shell ${text} is not known; bash, fish and powershell are.`, 2);
}
