// AzSession: the unmodified Azure CLI with a configuration folder of its own, pointed at a test server as `lazurite env` does.

import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { clientEnvironment } from '../../../../cli/src/client-environment.ts';
import type { TestServer } from '../../../../testkit/src/test-server.ts';

const run = promisify(execFile);
const PINNED = join(import.meta.dirname, '../../../../../.cache/az/bin/az');

export interface AzSession {
  /** The parsed output of a command. Fails with what it said on standard error. */
  az(...command: readonly string[]): Promise<unknown>;
  /** What it says on standard error when it has to fail. */
  refusal(...command: readonly string[]): Promise<string>;
  /** The parsed output of a program beside this file, with the CLI's own Python and login. */
  python(program: string, ...args: readonly string[]): Promise<unknown>;
  /** A command that waits for somebody. */
  begin(...command: readonly string[]): ChildProcessWithoutNullStreams;
  /** Of the session's own folder. */
  readonly folder: string;
  end(): void;
}

/** `extension`: the folder of one that the CLI is to have. `command`: another CLI than that of the tests. */
export function openAz(server: TestServer, { extension, command: cli = PINNED }: { readonly extension?: string; readonly command?: string | undefined } = {}): AzSession {
  if (!existsSync(cli)) throw new Error(`There is no Azure CLI at ${cli}; node scripts/setup-tests.ts installs it.`);
  const folder = mkdtempSync(join(tmpdir(), 'lazurite-az-'));
  // Why not the first one: with it, the CLI takes its list of clouds from the document and refuses to register another.
  // `az ml` cannot do without it.
  const { ARM_CLOUD_METADATA_URL, ...variables } = clientEnvironment(server.connection);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    ...variables,
    AZURE_CONFIG_DIR: join(folder, 'config'),
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    AZURE_CORE_NO_COLOR: 'true',
    AZURE_CORE_ONLY_SHOW_ERRORS: 'true',
    AZURE_CORE_INSTANCE_DISCOVERY: 'false',
    AZURE_CORE_LOGIN_EXPERIENCE_V2: 'false',
    AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'false',
    AZURE_EXTENSION_USE_DYNAMIC_INSTALL: 'no',
    ...(extension === undefined ? {} : { ARM_CLOUD_METADATA_URL, AZURE_EXTENSION_DIR: dirname(extension) }),
    PYTHONWARNINGS: 'ignore',
  };
  const options = { env, cwd: folder, timeout: extension === undefined ? 60_000 : 300_000, maxBuffer: 16 * 2 ** 20 };
  const tell = (command: readonly string[]): string => `az ${command.filter((word) => !/^[\w+/=~.-]{40,}$/.test(word)).join(' ')}`;
  return {
    folder,
    async az(...command) {
      const { stdout } = await run(cli, [...command, '-o', 'json'], options).catch((error: unknown) => {
        throw new Error(`${tell(command)}: ${error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)}`);
      });
      return stdout.trim() === '' ? undefined : JSON.parse(stdout);
    },
    async refusal(...command) {
      const outcome = await run(cli, [...command], options).then(
        () => undefined,
        (error: unknown) => (error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)),
      );
      if (outcome === undefined) throw new Error(`${tell(command)} was to fail, and did not.`);
      return outcome;
    },
    async python(program, ...args) {
      const { stdout } = await run(join(dirname(cli), 'python'), [join(import.meta.dirname, program), ...args], { ...options, timeout: 110_000, env: { ...env, ARM_CLOUD_METADATA_URL } });
      return JSON.parse(stdout.slice(stdout.indexOf('{')));
    },
    begin: (...command) => spawn(cli, [...command], { env, cwd: folder }),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
