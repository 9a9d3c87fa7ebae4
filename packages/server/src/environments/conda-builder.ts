// Builds an environment with the conda tool of the machine, where there is one: the conda file as it stands.

import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runStep } from './build-step.ts';
import type { CondaPlan } from './plan.ts';
import type { BuildOptions } from './venv-builder.ts';

/** Returns the path of its Python. Throws `EnvironmentBuildFailed`. */
export async function buildConda(plan: CondaPlan, options: BuildOptions): Promise<string> {
  const tool = basename(plan.tool);
  const file = `${options.target}.yml`;
  await writeFile(file, plan.condaFile, { mode: 0o600 });
  const create = tool === 'micromamba' ? ['create', '--yes'] : ['env', 'create'];
  options.onLine(`${tool} (${plan.tool})`);
  try {
    await runStep({
      name: `${tool} ${create.join(' ')}`,
      argv: [plan.tool, ...create, '--prefix', options.target, '--file', file],
      cwd: '/',
      environment: { ...options.environment, CONDA_YES: '1', MAMBA_NO_BANNER: '1' },
      onLine: options.onLine,
      signal: options.signal,
    });
  } finally {
    await rm(file, { force: true });
  }
  return join(options.target, 'bin', 'python');
}
