// FolderSync: a local folder that a running command writes, kept in the store. Passes are bounded: unchanged files are not
// read, large ones wait until they have been quiet, and a pass never starts sooner than some time after the one before.

import { createReadStream, type FSWatcher, watch } from 'node:fs';
import { lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { BlobAddress, ContentService } from '#blobs/blob-service.ts';
import { contentTypeOf } from './content-type.ts';

export interface FolderSyncOptions {
  readonly blobs: ContentService;
  readonly folder: string;
  /** Where a file of that relative path (divided by `/`) goes. */
  addressOf(relativePath: string): BlobAddress;
  /** Links may lead to files below this folder only. */
  readonly linkRoot: string;
  /** Files uploaded here and deleted from the folder since are deleted from the store too. */
  readonly mirrorsDeletes: boolean;
  onSkipped(relativePath: string, why: string): void;
  onError(error: unknown): void;
}

export interface FolderSync {
  /** Uploads everything that differs. Throws what went wrong. Returns the number of files in the folder. */
  finish(signal: AbortSignal): Promise<number>;
  close(): void;
}

interface FileState {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const MIN_PAUSE_MS = 1_000;
const QUIET_MS = 5_000;
const LARGE_BYTES = 16 << 20;

/** Uploads live when `isLive`, otherwise only at `finish`. */
export async function startFolderSync(options: FolderSyncOptions, isLive: boolean): Promise<FolderSync> {
  const { blobs, folder } = options;
  await makeFolder(folder);
  const uploaded = new Map<string, FileState>();
  const skipped = new Set<string>();
  let isClosed = false;
  let running: Promise<number> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();

  async function pass(isFinal: boolean, signal: AbortSignal): Promise<number> {
    const files = await listFiles(folder, options, skipped);
    for (const [relativePath, file] of files) {
      signal.throwIfAborted();
      const before = uploaded.get(relativePath);
      if (before?.sizeBytes === file.sizeBytes && before.modifiedMs === file.modifiedMs) continue;
      if (!isFinal && file.sizeBytes > LARGE_BYTES && Date.now() - file.modifiedMs < QUIET_MS) continue;
      const address = options.addressOf(relativePath);
      const path = join(folder, ...relativePath.split('/'));
      const content = file.sizeBytes === 0 ? Buffer.alloc(0) : createReadStream(path, { end: file.sizeBytes - 1 });
      await blobs.putBlob(address, content, { contentType: contentTypeOf(relativePath) });
      uploaded.set(relativePath, file);
    }
    if (options.mirrorsDeletes) {
      for (const relativePath of [...uploaded.keys()].filter((path) => !files.has(path))) {
        await blobs.deleteBlob(options.addressOf(relativePath));
        uploaded.delete(relativePath);
      }
    }
    return files.size;
  }

  function schedule(delayMs: number): void {
    if (isClosed || timer !== undefined) return;
    timer = setTimeout(() => {
      const startedAt = Date.now();
      running = pass(false, stopping.signal).catch((error: unknown) => {
        if (!isClosed) options.onError(error);
        return 0;
      });
      void running.then(() => {
        running = undefined;
        timer = undefined;
        // Why: a pass costs reads and writes; never more than a fifth of the time goes into them.
        if (isChanged) schedule(Math.max(MIN_PAUSE_MS, 4 * (Date.now() - startedAt)));
        isChanged = false;
      });
    }, delayMs);
  }

  let isChanged = false;
  const poke = (): void => {
    if (timer === undefined) schedule(MIN_PAUSE_MS / 4);
    else isChanged = true;
  };
  const watcher = isLive ? watchTree(folder, poke) : undefined;
  // Why: large files become quiet without an event, and events are silent on network file systems.
  const poll = isLive ? setInterval(poke, 5_000) : undefined;
  if (isLive) poke();

  function close(): void {
    isClosed = true;
    stopping.abort();
    clearTimeout(timer);
    clearInterval(poll);
    watcher?.close();
  }

  return {
    async finish(signal) {
      close();
      await running;
      return pass(true, signal);
    },
    close,
  };
}

async function listFiles(folder: string, options: FolderSyncOptions, skipped: Set<string>): Promise<ReadonlyMap<string, FileState>> {
  const found = new Map<string, FileState>();
  const linkRoot = await realpath(options.linkRoot);
  const seenFolders = new Set<string>();
  const skip = (path: string, why: string): void => {
    if (skipped.has(path)) return;
    skipped.add(path);
    options.onSkipped(path, why);
  };
  async function walk(dir: string, prefix: string): Promise<void> {
    const real = await realpath(dir);
    if (seenFolders.has(real)) return;
    seenFolders.add(real);
    for (const name of (await readdir(dir)).sort()) {
      const path = join(dir, name);
      const relativePath = prefix + name;
      try {
        const own = await lstat(path);
        if (own.isSymbolicLink() && !(await realpath(path)).startsWith(linkRoot + sep)) {
          skip(relativePath, 'it is a link that leads out of the folder of the job');
          continue;
        }
        const target = own.isSymbolicLink() ? await stat(path) : own;
        if (target.isDirectory()) await walk(path, `${relativePath}/`);
        else if (target.isFile()) found.set(relativePath, { sizeBytes: target.size, modifiedMs: target.mtimeMs });
        else skip(relativePath, 'it is neither a file nor a folder');
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  }
  await walk(folder, '').catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
  return found;
}

/** Makes a folder; where a file has its name, that stays, and nothing is carried from there. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function watchTree(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { recursive: true, persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
