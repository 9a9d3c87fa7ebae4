// Terraform: the real command with the real providers, on a configuration of ours, in a folder of its own. Where they are
// is said by the environment; nothing is downloaded.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientEnvironment } from '../../../cli/src/client-environment.ts';
import type { Connection } from '@lazurite/server/config/connection.ts';

/** A folder laid out as a file-system mirror of providers. Undefined: there are none here. */
export const providerMirror = process.env['LAZURITE_TEST_TERRAFORM_MIRROR'];
const command = process.env['LAZURITE_TEST_TERRAFORM'] ?? 'terraform';

export type Variables = Readonly<Record<string, unknown>>;

export interface Terraform {
  apply(variables?: Variables): Promise<void>;
  /** Whether a plan finds something to change. */
  hasChanges(variables?: Variables): Promise<boolean>;
  /** Text of the plan. */
  plan(variables?: Variables): Promise<string>;
  /** Forgets the resource and imports it again. */
  reimport(address: string, variables?: Variables): Promise<void>;
  destroy(variables?: Variables): Promise<void>;
  close(): void;
}

export async function openTerraform(configuration: string, connection: Connection, proxyUrl: string): Promise<Terraform> {
  const dir = mkdtempSync(join(tmpdir(), 'lazurite-terraform-'));
  cpSync(join(import.meta.dirname, 'configurations', configuration), dir, { recursive: true });
  writeFileSync(join(dir, 'terraformrc'), `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(providerMirror)}\n  }\n}\n`);
  const env = {
    ...process.env,
    ...clientEnvironment(connection),
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    TF_CLI_CONFIG_FILE: join(dir, 'terraformrc'),
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    GO_AZURE_SDK_SKIP_POLLING_DELAY: 'true',
  };

  async function run(accepted: readonly number[], ...args: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
    const child = spawn(command, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    if (!accepted.includes(status)) throw new Error(`terraform ${args.join(' ')} ended with ${status}:\n${text.slice(-6000)}`);
    return { status, text };
  }

  const given = (variables: Variables = {}): readonly string[] => Object.entries(variables).map(([name, value]) => `-var=${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  // One thing after another, so that a recorded conversation can be repeated.
  const quiet = ['-no-color', '-input=false', '-parallelism=1'];
  await run([0], 'init', '-no-color', '-input=false');
  return {
    apply: async (variables) => void (await run([0], 'apply', '-auto-approve', ...quiet, ...given(variables))),
    hasChanges: async (variables) => (await run([0, 2], 'plan', '-detailed-exitcode', ...quiet, ...given(variables))).status === 2,
    plan: async (variables) => (await run([0], 'plan', ...quiet, ...given(variables))).text,
    async reimport(address, variables) {
      const shown = await run([0], 'state', 'show', '-no-color', address);
      const id = /^\s+id\s+= "([^"]+)"/m.exec(shown.text)?.[1] ?? '';
      await run([0], 'state', 'rm', address);
      await run([0], 'import', '-no-color', '-input=false', ...given(variables), address, id);
    },
    destroy: async (variables) => void (await run([0], 'destroy', '-auto-approve', ...quiet, ...given(variables))),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
