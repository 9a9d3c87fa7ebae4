// The folder of environments on disk: which build of a hash is complete, what it takes, what may go.
//
//   {dir}/{hash}/complete.json   names the build; its time of change is the time of last use
//   {dir}/{hash}/{build}/        the environment itself; anything not named above is rubbish of a killed build

import { lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, numberAt, objectAt, stringAt } from '#kernel/json.ts';

export interface CompleteBuild {
  readonly build: string;
  readonly pythonPath: string;
  readonly binDir: string;
  readonly notes: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
}

export interface EnvironmentUsage {
  readonly hash: string;
  readonly sizeBytes: number;
  readonly lastUsedAt: Date;
}

/** The finished build of the hash, if its Python is still there (an upgrade of the machine may have taken it away). */
export async function findComplete(dir: string, hash: string): Promise<CompleteBuild | undefined> {
  const marker = join(dir, hash, 'complete.json');
  const record: unknown = await readFile(marker, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (!isJsonObject(record)) return undefined;
  const build = stringAt(record, 'build');
  const pythonPath = stringAt(record, 'pythonPath');
  const binDir = stringAt(record, 'binDir');
  if (build === undefined || pythonPath === undefined || binDir === undefined) return undefined;
  if ((await stat(pythonPath).catch(() => undefined)) === undefined) return undefined;
  const notes = Array.isArray(record['notes']) ? record['notes'].filter((note): note is string => typeof note === 'string') : [];
  const variables = Object.fromEntries(Object.entries(objectAt(record, 'variables')).map(([name, value]) => [name, String(value)]));
  return { build, pythonPath, binDir, notes, variables, sizeBytes: numberAt(record, 'sizeBytes') ?? 0 };
}

export async function touch(dir: string, hash: string): Promise<void> {
  const now = new Date();
  await utimes(join(dir, hash, 'complete.json'), now, now);
}

export async function saveComplete(dir: string, hash: string, build: CompleteBuild): Promise<void> {
  const marker = join(dir, hash, 'complete.json');
  await writeFile(`${marker}.tmp`, JSON.stringify(build, undefined, 1));
  await rename(`${marker}.tmp`, marker);
}

/** Removes what killed builds left. Call with the build lock held. */
export async function removeRubbish(dir: string, hash: string): Promise<void> {
  await mkdir(join(dir, hash), { recursive: true });
  for (const name of await readdir(join(dir, hash))) {
    // A process of a killed build may still write into its folder; then the next build or prune gets the rest.
    if (name !== 'lock') await rm(join(dir, hash, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

export async function listUsage(dir: string): Promise<EnvironmentUsage[]> {
  const result: EnvironmentUsage[] = [];
  for (const hash of await readdir(dir).catch(() => [])) {
    const marker = await stat(join(dir, hash, 'complete.json')).catch(() => undefined);
    const complete = marker === undefined ? undefined : await findComplete(dir, hash);
    if (marker !== undefined) result.push({ hash, sizeBytes: complete?.sizeBytes ?? 0, lastUsedAt: marker.mtime });
  }
  return result.sort((a, b) => a.lastUsedAt.getTime() - b.lastUsedAt.getTime());
}

/** The marker goes first: from then on nobody takes the environment for whole. */
export async function removeEnvironment(dir: string, hash: string): Promise<void> {
  await rm(join(dir, hash, 'complete.json'), { force: true });
  await rm(join(dir, hash), { recursive: true, force: true, maxRetries: 3 });
}

/** Bytes on disk; a file that several installed packages share by hard link counts once. */
export async function sizeOf(folder: string, seen = new Set<number>()): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      total += await sizeOf(path, seen);
      continue;
    }
    const info = await lstat(path).catch(() => undefined);
    if (info === undefined || (info.nlink > 1 && seen.has(info.ino))) continue;
    seen.add(info.ino);
    total += info.size;
  }
  return total;
}
