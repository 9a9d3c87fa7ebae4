// The published form: packed, installed from the tarball into an empty folder, and used there without this repository.
// No TypeScript is in it, and none is read at run time.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../../../..');
const INSTALL_MS = 600_000;

let root: string;
let app: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'lazurite-published-'));
  app = join(root, 'app');
  mkdirSync(app);
  mkdirSync(join(root, 'bin'));
  symlinkSync(realpathSync(process.execPath), join(root, 'bin', 'node'));
  // Why: nothing of the repository may be found by way of the search path or npm's variables.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package|config_local|command)|^NODE_(OPTIONS|PATH|ENV)$|^LAZURITE_|^VITEST/i.test(name));
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  environment = { ...Object.fromEntries(inherited), PATH: [join(root, 'bin'), ...path].join(':') };
  execFileSync(process.execPath, ['scripts/package.ts'], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  const packed: unknown = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', root, join(repository, 'dist/lazurite')], { cwd: root, env: environment, encoding: 'utf8' }));
  expect(packed).toMatchObject([{ name: 'lazurite' }]);
  const tarball = readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', join(root, tarball)], { cwd: app, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
}, INSTALL_MS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], extra: NodeJS.ProcessEnv = {}): { readonly pid: number; readonly ended: Promise<Result>; until(text: string): Promise<void> } {
  const child = spawn('npx', ['--no-install', 'lazurite', ...args], { cwd: app, env: { ...environment, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const ended = new Promise<Result>((resolve) => child.once('close', (code) => resolve({ status: code ?? -1, out, err })));
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => void (err.includes(text) && resolve());
      child.stderr.on('data', look);
      look();
      void ended.then((result) => reject(new Error(`ended before it said ${text}: ${JSON.stringify(result)}`)));
    });
  return { pid: child.pid ?? 0, ended, until };
}

describe('the package', () => {
  test('holds compiled JavaScript, the studio, the runner and the examples, and no TypeScript', () => {
    const home = join(app, 'node_modules/lazurite');
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
    for (const file of [
      'bin/lazurite.js',
      'lib/lazurite.js',
      'studio/index.html',
      'runner/lazurite_runner.py',
      'examples/breast-cancer/job.yml',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'THIRD-PARTY-NOTICES.md',
    ])
      expect(files).toContain(file);
    expect(files.filter((file) => /\.tsx?$/.test(file))).toEqual([]);
    for (const file of files.filter((name) => name.startsWith('lib/') && name.endsWith('.js'))) expect(readFileSync(join(home, file), 'utf8'), file).not.toContain(repository);
  });
});

describe('installed without the repository', () => {
  test('starts, is seen by status, and stops; Node strips no types', async () => {
    const dataDir = join(root, 'data');
    // Node refuses every TypeScript file with this flag.
    const up = start(['up', '--data-dir', dataDir, '--port', '0'], { NODE_OPTIONS: '--no-experimental-strip-types' });
    await up.until('is up');
    const status = await start(['status', '--data-dir', dataDir, '-o', 'json']).ended;
    expect(status.status, status.err).toBe(0);
    const { origins, version } = JSON.parse(status.out);
    expect(version).toBe(JSON.parse(readFileSync(join(app, 'node_modules/lazurite/package.json'), 'utf8')).version);
    const page = await fetch(`${origins.local}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<div id=');
    expect(await start(['down', '--data-dir', dataDir]).ended).toMatchObject({ status: 0 });
    expect(await up.ended).toMatchObject({ status: 0 });
  });

  test('runs the quickstart to its end', { timeout: INSTALL_MS }, async () => {
    const { status, out, err } = await start(['quickstart', '--exit', '--ephemeral', '--port', '0']).ended;
    expect(status, err).toBe(0);
    expect(err).toContain('Model breast-cancer:1 is registered');
    expect(out).toMatch(/epoch +40\/40/);
  });

  test('on an older Node says what it needs', () => {
    const older = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.1.0'}})";
    const { status, stderr: said } = spawnSync(process.execPath, ['--import', older, join(app, 'node_modules/lazurite/bin/lazurite.js'), 'status'], { env: environment, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(said).toContain('Node 24');
  });
});
