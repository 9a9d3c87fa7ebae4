// Environments, really built: a local package, one from the package index, failures, sharing, kill -9 in mid-build.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#kernel/context.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildProgress } from './build-progress.ts';
import { createEnvironments, type Environments } from './environments.ts';
import type { EnvironmentSpec } from './plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazurite-env-'));
const dir = join(folder, 'environments');
const hostEnvironment: Readonly<Record<string, string | undefined>> = process.env;
const pip = (...lines: string[]): EnvironmentSpec => ({ condaFile: JSON.stringify({ dependencies: ['pip', { pip: lines }] }) });
const runIn = (python: string, code: string): string => execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim();

let environments: Environments;
let localPackage: string;

beforeAll(() => {
  environments = createEnvironments({ dir, python: '', log: silentLog, hostEnvironment: withoutTools() });
  localPackage = makeWheel('lazurite-tiny', '1.0');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without uv and conda, so that pip is what is tested whatever this machine has. */
function withoutTools(bin?: string): Readonly<Record<string, string | undefined>> {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !['uv', 'micromamba', 'mamba', 'conda'].some((tool) => existsSync(join(part, tool))));
  return { ...hostEnvironment, PATH: [...(bin === undefined ? [] : [bin]), ...path].join(':') };
}

/** A wheel made by hand: pip needs neither the network nor a build backend for it. */
function makeWheel(name: string, version: string, script?: string): string {
  const module = name.replaceAll('-', '_');
  const wheel = join(folder, `${module}-${version}-py3-none-any.whl`);
  const info = `${module}-${version}.dist-info`;
  const files = {
    [`${module}.py`]: `VALUE = ${JSON.stringify(version)}\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
    ...(script === undefined ? {} : { [`${module}-${version}.data/scripts/${name}`]: script }),
  };
  execFileSync('python3', [
    '-c',
    'import json,sys,zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  for n, t in json.loads(sys.argv[2]).items():\n    i = zipfile.ZipInfo(n); i.external_attr = 0o100755 << 16; z.writestr(i, t)',
    wheel,
    JSON.stringify(files),
  ]);
  return wheel;
}

function fakeTool(name: string, script: string): string {
  const bin = join(folder, `bin-${name}`);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), script, { mode: 0o755 });
  return bin;
}

describe('environments', () => {
  it('makes a bare one for an image, with pip in it and a note', async () => {
    const ready = await environments.ensure({ image: 'ubuntu:22.04' });
    expect(ready.notes).toEqual(['image ubuntu:22.04 is not used: this compute runs processes, not containers']);
    expect(runIn(ready.pythonPath, 'import sys; print(sys.prefix != sys.base_prefix)')).toBe('True');
    expect(execFileSync(join(ready.binDir, 'pip'), ['--version'], { encoding: 'utf8' })).toContain(dir);
  });

  it('builds once, then starts no process', async () => {
    const lines: string[] = [];
    const progress: BuildProgress[] = [];
    const spec = pip(localPackage);
    const first = await environments.ensure(spec, { onLine: (line) => lines.push(line), onProgress: (step) => progress.push(step) });
    expect(first.wasCached).toBe(false);
    expect(runIn(first.pythonPath, 'import lazurite_tiny; print(lazurite_tiny.VALUE)')).toBe('1.0');
    expect(lines.join('\n')).toMatch(/Successfully installed lazurite-tiny-1\.0/);
    expect(progress.map((step) => step.phase)).toEqual(['preparing', 'installing', 'installing', 'done']);
    const built = readdirSync(join(dir, first.hash));
    expect(built).toHaveLength(2);
    expect(built).toContain('complete.json');
    expect(built).toContainEqual(expect.stringMatching(/^[0-9a-f]{8}$/));

    const more: string[] = [];
    expect(await environments.ensure(spec, { onLine: (line) => more.push(line) })).toEqual({ ...first, wasCached: true });
    expect(more).toEqual([]);
    // Another server on the same folder finds it too.
    const other = createEnvironments({ dir, python: '', log: silentLog, hostEnvironment: withoutTools() });
    expect(await other.ensure(spec)).toEqual({ ...first, wasCached: true });
  });

  it('installs from the package index', async () => {
    const ready = await environments.ensure({ condaFile: 'dependencies:\n- six==1.16.0\nvariables: {GREETING: hello}\n' });
    expect(runIn(ready.pythonPath, 'import six; print(six.__version__)')).toBe('1.16.0');
    expect(ready.notes.join()).toMatch(/installed from PyPI instead: six==1\.16\.0/);
    expect(ready.variables).toEqual({ GREETING: 'hello' });
  });

  it("fails with the resolver's own words and leaves nothing behind", async () => {
    const spec = pip('six==999.0');
    await expect(environments.ensure(spec)).rejects.toMatchObject({
      code: 'EnvironmentBuildFailed',
      message: expect.stringMatching(/pip install failed.*six==999\.0.*No matching distribution found/s),
    });
    await expect(environments.ensure(spec)).rejects.toMatchObject({ code: 'EnvironmentBuildFailed' });
    const unfinished = readdirSync(dir).filter((hash) => /^[0-9a-f]{24}$/.test(hash) && !existsSync(join(dir, hash, 'complete.json')));
    expect(unfinished.flatMap((hash) => readdirSync(join(dir, hash)))).toEqual([]);
  });

  it('shares one build among those who ask at the same time', async () => {
    const spec = pip(makeWheel('lazurite-shared', '2.0'));
    const lines: string[][] = [[], [], []];
    const all = await Promise.all(lines.map((mine) => environments.ensure(spec, { onLine: (line) => mine.push(line) })));
    expect(new Set(all.map((each) => each.pythonPath)).size).toBe(1);
    expect(lines[0]?.filter((line) => line.startsWith('Building environment'))).toHaveLength(1);
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[2]).toEqual(lines[0]);
  });

  it('goes on building while one still wants it, and stops when nobody does', async () => {
    const stay = pip(makeWheel('lazurite-stay', '1.0'));
    const leaver = new AbortController();
    const leaving = environments.ensure(stay, { signal: leaver.signal, onLine: () => leaver.abort() });
    const staying = environments.ensure(stay);
    await expect(leaving).rejects.toMatchObject({ code: 'EnvironmentBuildCanceled' });
    expect((await staying).wasCached).toBe(false);

    const alone = pip(makeWheel('lazurite-alone', '1.0'));
    const only = new AbortController();
    await expect(environments.ensure(alone, { signal: only.signal, onLine: () => only.abort() })).rejects.toMatchObject({ code: 'EnvironmentBuildCanceled' });
    expect((await environments.ensure(alone)).wasCached).toBe(false);
  });

  it('clears away and repeats a build whose server was killed', async () => {
    const spec = pip(makeWheel('lazurite-killed', '1.0'));
    const script = `
      import { createEnvironments } from ${JSON.stringify(new URL('./environments.ts', import.meta.url).href)};
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const environments = createEnvironments({ dir: ${JSON.stringify(dir)}, python: '', log, hostEnvironment: process.env });
      await environments.ensure(${JSON.stringify(spec)}, { onLine: (line) => console.log(line) });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...withoutTools() } });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes('Processing')) break;
    }
    child.kill('SIGKILL');
    await exited;
    const hash = /Building environment (\w+)/.exec(text)?.[1] ?? '';
    expect(readdirSync(join(dir, hash))).toContain('lock');
    const ready = await environments.ensure(spec);
    expect(ready).toMatchObject({ hash, wasCached: false });
    expect(runIn(ready.pythonPath, 'import lazurite_killed; print(lazurite_killed.VALUE)')).toBe('1.0');
    expect(existsSync(join(dir, hash, 'lock'))).toBe(false);
  });

  it('rebuilds one whose Python has gone from the machine', async () => {
    const spec = pip(localPackage);
    const before = await environments.ensure(spec);
    rmSync(before.pythonPath);
    const after = await environments.ensure(spec);
    expect(after).toMatchObject({ hash: before.hash, wasCached: false });
    expect(runIn(after.pythonPath, 'import lazurite_tiny; print(1)')).toBe('1');
  });

  it('runs jobs with no Python older than 3.9, though it comes first', async () => {
    const bin = fakeTool('python3', `#!/bin/sh\necho '{"path":"/usr/bin/python3.8","version":"3.8.20","can":"yes"}'\n`);
    const { version } = await createEnvironments({ dir: join(folder, 'older'), python: '', log: silentLog, hostEnvironment: withoutTools(bin) }).defaultInterpreter();
    expect(Number(version.split('.')[1])).toBeGreaterThanOrEqual(9);
  });

  it('runs nothing with another Python than the one that was chosen', async () => {
    for (const python of ['/nonexistent/python3', 'no-such-python']) {
      const chosen = createEnvironments({ dir: join(folder, 'chosen'), python, log: silentLog, hostEnvironment: withoutTools() });
      await expect(chosen.defaultInterpreter()).rejects.toMatchObject({ code: 'PythonNotUsable', message: expect.stringContaining(python) });
    }
    const named = createEnvironments({ dir: join(folder, 'chosen'), python: 'python3', log: silentLog, hostEnvironment: withoutTools() });
    expect((await named.defaultInterpreter()).version).toMatch(/^3\./);
  });

  it('picks the interpreter that the conda file asks for, the real one', async () => {
    const { path, version } = await environments.defaultInterpreter();
    expect(runIn(path, 'import sys; print(sys.executable)')).toBe(path);
    expect(readFileSync(path).subarray(0, 2).toString()).not.toBe('#!');
    const ready = await environments.ensure({ condaFile: `dependencies: [python=${version}]` });
    expect(runIn(ready.pythonPath, 'import platform; print(platform.python_version())')).toBe(version);
    await expect(environments.ensure({ condaFile: 'dependencies: [python=3.2]' })).rejects.toMatchObject({ code: 'InvalidEnvironment', message: expect.stringContaining(version) });
  });

  it('frees the least recently used, and never what is in use', async () => {
    const [oldest, second, ...rest] = await environments.usage();
    if (oldest === undefined || second === undefined) throw new Error('the tests before have built several');
    const past = new Date(Date.now() - 1e9);
    utimesSync(join(dir, oldest.hash, 'complete.json'), past, past);
    const total = [oldest, second, ...rest].reduce((sum, each) => sum + each.sizeBytes, 0);
    expect(oldest.sizeBytes).toBeGreaterThan(1_000_000);
    expect(await environments.prune({ keepBytes: total, inUse: new Set() })).toEqual([]);
    expect(await environments.prune({ keepBytes: total - 1, inUse: new Set([oldest.hash]) })).toEqual([second.hash]);
    expect(existsSync(join(dir, second.hash))).toBe(false);
    expect(existsSync(join(dir, oldest.hash))).toBe(true);
  });
});

describe('other installers', () => {
  const fakeUv = '#!/bin/sh\necho "uv $1 $2"; while [ "$1" != --python ]; do shift; done; exec "$2" -m pip install --quiet --requirement "$5"\n';

  it('uses uv where it is on the path', async () => {
    const lines: string[] = [];
    const withUv = createEnvironments({ dir: join(folder, 'uv-there'), python: '', log: silentLog, hostEnvironment: withoutTools(fakeTool('uv', fakeUv)) });
    const ready = await withUv.ensure(pip(localPackage), { onLine: (line) => lines.push(line) });
    expect(lines).toContain('uv pip install');
    expect(runIn(ready.pythonPath, 'import lazurite_tiny; print(1)')).toBe('1');
  });

  it('fetches uv once where it may, and goes on with pip where the index has none', async () => {
    const index = join(folder, 'index');
    mkdirSync(index);
    const offline = { ...withoutTools(), PIP_NO_INDEX: '1', PIP_FIND_LINKS: index };
    const fetching = createEnvironments({ dir: join(folder, 'uv-fetched'), python: '', log: silentLog, hostEnvironment: offline, fetchUv: true });
    const lines: string[] = [];
    const onLine = (line: string): number => lines.push(line);
    const without = await fetching.ensure(pip(localPackage), { onLine });
    expect(lines).toContain('uv cannot be had from the package index; going on with pip.');
    expect(runIn(without.pythonPath, 'import lazurite_tiny; print(1)')).toBe('1');

    renameSync(makeWheel('uv', '9.0', fakeUv), join(index, 'uv-9.0-py3-none-any.whl'));
    lines.length = 0;
    await fetching.ensure(pip(makeWheel('lazurite-quick', '1.0')), { onLine });
    expect(lines).toContain('uv pip install');
    rmSync(index, { recursive: true });
    lines.length = 0;
    const again = await fetching.ensure(pip(makeWheel('lazurite-again', '1.0')), { onLine });
    expect(lines).toContain('uv pip install');
    expect(runIn(again.pythonPath, 'import lazurite_again; print(1)')).toBe('1');
  });

  it('leaves conda dependencies to micromamba where it is on the path', async () => {
    const bin = fakeTool('micromamba', '#!/bin/sh\nset -e\necho "$1 $2 $3"; cat "$6"; mkdir -p "$4/bin"; ln -s "$(command -v python3)" "$4/bin/python"\n');
    const lines: string[] = [];
    const withConda = createEnvironments({ dir: join(folder, 'conda'), python: '', log: silentLog, hostEnvironment: withoutTools(bin) });
    const condaFile = 'dependencies: [cudatoolkit=11.8]';
    const ready = await withConda.ensure({ condaFile }, { onLine: (line) => lines.push(line) });
    expect(lines).toContain('create --yes --prefix');
    expect(lines).toContain(condaFile);
    expect(existsSync(ready.pythonPath)).toBe(true);
    expect((await withConda.ensure({ condaFile })).wasCached).toBe(true);
  });
});
