// Completes package-lock.json: npm leaves out optional packages of other platforms when the registry it wrote the lock
// with does not carry them, and `npm ci` then refuses the lock. Run it after `npm install`.

import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS: Readonly<Record<string, string>> = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  windows: 'win32',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  aix: 'aix',
};
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'wasm32'];

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { packages } = lock;
let added = 0;
for (const [path, locked] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(locked.optionalDependencies ?? {})) {
    const isExact = !/^[\^~>]/.test(range);
    const version = range.replace(/^[\^~>=]+/, '');
    const levels = levelsOf(path).map((level) => `${level === '' ? '' : `${level}/`}node_modules/${name}`);
    const found = levels.find((level) => packages[level] !== undefined);
    if (found !== undefined && (!isExact || packages[found]?.version === version)) continue;
    packages[(found === undefined ? levels.at(-1) : levels[0]) ?? name] = entryOf(name, version, locked.dev === true);
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
process.stdout.write(`${added} optional packages of other platforms added\n`);

/** Where npm looks for a dependency of the package at `path`, innermost first. */
function levelsOf(path: string): readonly string[] {
  const index = path.lastIndexOf('node_modules/');
  return path === '' || index < 0 ? [path, ...(path === '' ? [] : [''])] : [path, ...levelsOf(path.slice(0, index).replace(/\/$/, ''))];
}

function entryOf(name: string, version: string, isDev: boolean): LockedPackage {
  const words = name.toLowerCase().split(/[-/]/);
  const os = words.flatMap((word) => SYSTEMS[word] ?? []);
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  return { version, ...(cpu.length === 0 ? {} : { cpu }), ...(isDev ? { dev: true } : {}), optional: true, ...(os.length === 0 ? {} : { os }), ...(name.includes('musl') ? { libc: ['musl'] } : {}) };
}
