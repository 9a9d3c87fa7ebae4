// Installs what the tests need and the machine lacks: Chromium, and one virtual environment for each Python client.
// Everything is pinned (packages/server/test/clients/requirements-*.txt); a second run does nothing.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { uvEnvironment } from '../packages/server/src/environments/build-environment.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, '.cache');
const UV = 'uv==0.13.9';
const python = process.env['LAZURITE_PYTHON'] ?? 'python3';
const clients = join(root, 'packages', 'server', 'test', 'clients');

mkdirSync(cache, { recursive: true });
buildStudio();
installChromium();
for (const file of existsSync(clients) ? readdirSync(clients) : []) {
  const name = /^requirements-(.+)\.txt$/.exec(file)?.[1];
  if (name !== undefined) installPython(name, join(clients, file));
}

/** The studio as the server serves it; rebuilt when a source file is newer than the build. */
function buildStudio(): void {
  run('node', [join(root, 'scripts', 'build-studio.ts')], 'Building the studio');
}

function installChromium(): void {
  if (['chromium', 'chromium-browser', 'google-chrome'].some((name) => spawnSync('which', [name]).status === 0)) return;
  if (spawnSync('which', ['apt-get']).status !== 0) throw new Error('The browser tests need Chromium on PATH. Install it with the package manager of this machine, then run `npm test` again.');
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [command, ...rest] = [...sudo, 'apt-get'];
  run(command, [...rest, 'update', '-qq'], 'Reading the list of packages');
  run(command, [...rest, 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], 'Installing Chromium');
}

/** uv, from the package index where the machine has none: pip takes minutes for what it does in seconds. Undefined: pip it is. */
function findUv(): string | undefined {
  if (spawnSync('uv', ['--version']).status === 0) return 'uv';
  const folder = join(cache, 'uv');
  const uv = join(folder, 'bin', 'uv');
  if (existsSync(uv)) return uv;
  try {
    run(python, ['-m', 'venv', folder], 'Making the environment of uv');
    run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', UV], 'Installing uv');
    return uv;
  } catch {
    return undefined;
  }
}

function installPython(name: string, requirements: string): void {
  const folder = join(cache, name);
  const marker = join(folder, '.installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  run(python, ['-m', 'venv', folder], `Making the environment ${name}`);
  if (!installWithUv(name, folder, requirements)) {
    run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', requirements], `Installing the clients of ${name}`);
  }
  writeFileSync(marker, wanted);
}

/** False where uv is not to be had, or cannot reach what pip reaches. */
function installWithUv(name: string, folder: string, requirements: string): boolean {
  const uv = findUv();
  if (uv === undefined) return false;
  const interpreter = join(folder, 'bin', 'python');
  const host = Object.fromEntries(Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const settings = uvEnvironment(execFileSync(interpreter, ['-m', 'pip', 'config', 'list'], { encoding: 'utf8' }), host);
  try {
    run(uv, ['pip', 'install', '--quiet', '--python', interpreter, '-r', requirements], `Installing the clients of ${name}`, settings);
    return true;
  } catch {
    process.stderr.write(`uv could not install the clients of ${name}; pip is asked instead.\n`);
    return false;
  }
}

function run(command: string, args: readonly string[], title: string, settings: Readonly<Record<string, string>> = {}): void {
  process.stderr.write(`${title} …\n`);
  execFileSync(command, [...args], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...settings } });
}
