// Builds a virtual environment in place (it cannot be moved: its scripts hold absolute paths) and installs into it.

import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uvEnvironment } from './build-environment.ts';
import { type BuildStep, runStep } from './build-step.ts';
import type { VenvPlan } from './plan.ts';
import { fetchUv } from './uv-tool.ts';

const run = promisify(execFile);

// Why not `python -m venv`: it runs pip from a zip file to install pip, which takes 4 s; unpacking the same wheels takes 0.2 s.
const MAKE_VENV = `
import ensurepip, glob, os, sys, sysconfig, venv, zipfile
target = sys.argv[1]
venv.EnvBuilder(symlinks=True, with_pip=False).create(target)
folders = [os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'), sysconfig.get_config_var('WHEEL_PKG_DIR') or '', '/usr/share/python-wheels']
folder = next((f for f in folders if f and glob.glob(os.path.join(f, 'pip-*.whl'))), None)
if folder is None:
    sys.exit('error: this Python brings no pip (on Debian and Ubuntu: apt install python3-venv)')
library = os.path.join(target, 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages')
for name in ('pip', 'setuptools') if sys.version_info < (3, 12) else ('pip',):
    for wheel in glob.glob(os.path.join(folder, name + '-*.whl')):
        zipfile.ZipFile(wheel).extractall(library)
for name in ('pip', 'pip3', 'pip%d.%d' % sys.version_info[:2]):
    script = os.path.join(target, 'bin', name)
    with open(script, 'w') as file:
        file.write('#!/bin/sh\\nexec "$(dirname "$0")/python" -m pip "$@"\\n')
    os.chmod(script, 0o755)
`;

export interface BuildOptions {
  /** Folder to make; its path is final. */
  readonly target: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of uv, where there is one. */
  readonly uv: string | undefined;
  /** Folder to fetch uv into when there is none; undefined: do without. */
  readonly uvFolder: string | undefined;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Returns the path of its Python. Throws `EnvironmentBuildFailed`. */
export async function buildVenv(plan: VenvPlan, options: BuildOptions): Promise<string> {
  const { target, onLine } = options;
  const step: Omit<BuildStep, 'name' | 'argv'> = { cwd: '/', environment: options.environment, onLine, signal: options.signal };
  onLine(`Python ${plan.interpreter.version} (${plan.interpreter.path})`);
  await runStep({ ...step, name: 'making the virtual environment', argv: [plan.interpreter.path, '-I', '-c', MAKE_VENV, target] });
  const python = join(target, 'bin', 'python');
  if (plan.requirements.length === 0) return python;
  const file = join(target, 'requirements.txt');
  await writeFile(file, `${plan.requirements.join('\n')}\n`, { mode: 0o600 });
  try {
    const uv = options.uv ?? (options.uvFolder === undefined ? undefined : await fetchUv(options.uvFolder, python, { ...step, cwd: target }));
    if (uv === undefined) {
      const argv = [python, '-m', 'pip', 'install', '--progress-bar', 'off', '--requirement', file] as const;
      await runStep({ ...step, cwd: target, name: 'pip install', argv: [...argv] });
    } else {
      const { stdout } = await run(python, ['-m', 'pip', 'config', 'list'], { env: { ...options.environment } });
      const environment = { ...options.environment, ...uvEnvironment(stdout, options.environment) };
      await runStep({ ...step, cwd: target, environment, name: 'uv pip install', argv: [uv, 'pip', 'install', '--python', python, '--no-progress', '--requirement', file] });
    }
  } finally {
    // It may hold the password of a package index.
    await rm(file, { force: true });
  }
  return python;
}
