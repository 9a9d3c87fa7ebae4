// DataFolder: the folder of one server. Held through a socket inside it: the kernel frees it with the process, so a
// kill -9 leaves nothing to clean up, and who asks learns who holds it.

import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';

const WHY_UNUSABLE: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a file is in the place of a folder above it',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOENT: 'no folder can be made there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** Who holds a data folder. */
export interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly nonce: string;
}

export interface DataFolder {
  readonly path: string;
  /** Names the folder among all that share a database, wherever it is mounted. */
  readonly id: string;
  release(): Promise<void>;
}

/**
 * Takes the folder, making it when missing. Throws `conflict`/`DataFolderInUse` naming the process that holds it,
 * `forbidden` or `invalid`/`DataFolderUnusable` saying why nothing can be kept there.
 */
export async function claimDataFolder(path: string): Promise<DataFolder> {
  makeUsable(path);
  const address = socketPath(path);
  const holder: Holder = { pid: process.pid, startedAt: new Date().toISOString(), nonce: randomUUID() };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const other = await findHolder(path);
    if (other !== undefined) throw inUse(path, other);
    rmSync(address, { force: true });
    const server = await listen(address, holder);
    // Why: two servers that found the same stale socket may both have replaced it; the one that answers has won.
    const winner = await findHolder(path);
    if (server !== undefined && winner?.nonce === holder.nonce) {
      return {
        path,
        id: folderId(path),
        release: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            rmSync(address, { force: true });
          }),
      };
    }
    server?.close();
  }
  throw inUse(path, await findHolder(path));
}

function makeUsable(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = WHY_UNUSABLE[code] ?? (error instanceof Error ? error.message : String(error));
    const kind = code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'invalid';
    throw new Fault(kind, 'DataFolderUnusable', `The data folder ${path} cannot be used: ${why}. Name another with --data-dir or LAZURITE_DATA_DIR.`, { cause: error });
  }
}

/** Why not `recursive`: Node then tries for ever where the kernel denies that there is a place, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** The id in the folder's marker, which is made when it is missing. */
function folderId(path: string): string {
  const marker = join(path, 'lazurite.json');
  const known: unknown = existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : undefined;
  const id = stringAt(known, 'id');
  if (id !== undefined) return id;
  const made = randomUUID();
  writeFileSync(`${marker}.new`, `${JSON.stringify({ product: 'lazurite', layout: 1, id: made })}\n`, { mode: 0o644 });
  renameSync(`${marker}.new`, marker);
  return made;
}

/** Who holds the folder now, or undefined. Throws `forbidden`/`DataFolderUnusable` about the folder of another user. */
export async function findHolder(path: string): Promise<Holder | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath(path));
    let text = '';
    socket.setTimeout(2_000, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES') reject(new Fault('forbidden', 'DataFolderUnusable', `The data folder ${path} belongs to another user. Name another with --data-dir or LAZURITE_DATA_DIR.`));
      else resolve(undefined);
    });
    socket.on('close', () => resolve(parseHolder(text)));
  });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startedAt, nonce } = value as Record<string, unknown>;
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof nonce === 'string' ? { pid, startedAt, nonce } : undefined;
  } catch {
    return undefined;
  }
}

async function listen(address: string, holder: Holder): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(JSON.stringify(holder));
  });
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(address, () => resolve(server));
  });
}

/** A Unix socket path has at most 107 bytes; a deep folder gets one in the temporary folder, named by its hash. */
function socketPath(path: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\lazurite-${hash(path)}`;
  const inside = join(path, 'lock.sock');
  return Buffer.byteLength(inside) < 100 ? inside : join(tmpdir(), `lazurite-${hash(path)}.sock`);
}

function hash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 24);
}

function inUse(path: string, holder: Holder | undefined): Fault {
  const who = holder === undefined ? 'another Lazurite' : `Lazurite process ${holder.pid}, running since ${holder.startedAt}`;
  return new Fault('conflict', 'DataFolderInUse', `The data folder ${path} is held by ${who}. Stop it with \`npx lazurite down --data-dir ${path}\`, or give this one another folder with --data-dir.`);
}
