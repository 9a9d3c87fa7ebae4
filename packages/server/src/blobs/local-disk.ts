// LocalDisk: the byte store on this machine. `{root}/ab/c/{uuid}`; a file is written under its final random name, which
// nobody knows before it is durable, so there is no rename: an interrupted write is an orphan like any other.
// Why no shared extents: one file per sequence makes freeing space an unlink.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import { Fault } from '#kernel/faults.ts';
import type { ByteStore, StoredBytes } from './byte-store.ts';

const BYTE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const WRITE_BATCH_BYTES = 1024 * 1024;
const READ_CHUNK_BYTES = 512 * 1024;

/** The only place where a path is made: from an id that has been checked. */
function resolvePath(root: string, byteId: string): string {
  if (!BYTE_ID.test(byteId)) throw new Fault('internal', 'InvalidByteId', 'A byte id is not a lower-case UUID.');
  return join(root, byteId.slice(0, 2), byteId.slice(2, 3), byteId);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Opens the byte store in the folder, making it when missing. One server per folder. */
export function openLocalDisk(root: string, clock: Clock): ByteStore {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const madeFolders = new Set<string>();
  const pins = new Map<string, number>();
  const syncs = new Map<string, Promise<void>>();

  /** fsync of a directory; callers that come while one waits to run share the next one. */
  function syncFolder(folder: string): Promise<void> {
    const waiting = syncs.get(folder);
    if (waiting !== undefined) return waiting;
    const next = Promise.resolve().then(async () => {
      const handle = await open(folder, 'r');
      // Entries made before this point are covered; later callers start another.
      syncs.delete(folder);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
    syncs.set(folder, next);
    return next;
  }

  async function makeFolder(folder: string): Promise<void> {
    if (madeFolders.has(folder)) return;
    const parent = dirname(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(parent);
    await syncFolder(root);
    madeFolders.add(folder);
  }

  async function createFile(byteId: string = randomUUID()): Promise<{ readonly byteId: string; readonly path: string; readonly handle: FileHandle }> {
    const path = resolvePath(root, byteId);
    await makeFolder(dirname(path));
    return { byteId, path, handle: await open(path, 'wx', 0o600) };
  }

  async function writeStream(handle: FileHandle, content: Readable, onChunk: ((chunk: Buffer) => void) | undefined): Promise<number> {
    let sizeBytes = 0;
    let batch: Buffer[] = [];
    let batched = 0;
    let writing: Promise<unknown> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await writing;
      const full = batch;
      batch = [];
      batched = 0;
      if (full.length === 0) return;
      writing = writeAll(handle, full);
      // Why: a failure is met at the next await; until then it must not count as unhandled.
      writing.catch(() => undefined);
    };
    for await (const chunk of content) {
      const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      onChunk?.(bytes);
      sizeBytes += bytes.length;
      batch.push(bytes);
      batched += bytes.length;
      if (batched >= WRITE_BATCH_BYTES) await flush();
    }
    await flush();
    await writing;
    return sizeBytes;
  }

  return {
    async write(content, onChunk, byteId): Promise<StoredBytes> {
      const file = await createFile(byteId);
      // Why now: the entry is made; its flush runs beside the transfer of the content.
      const entry = syncFolder(dirname(file.path));
      entry.catch(() => undefined);
      try {
        let sizeBytes: number;
        if (Buffer.isBuffer(content)) {
          onChunk?.(content);
          await writeAll(file.handle, [content]);
          sizeBytes = content.length;
        } else sizeBytes = await writeStream(file.handle, content, onChunk);
        await file.handle.datasync();
        await file.handle.close();
        await entry;
        return { byteId: file.byteId, sizeBytes };
      } catch (error) {
        await file.handle.close().catch(() => undefined);
        await unlink(file.path).catch(() => undefined);
        throw error;
      }
    },

    async create() {
      const file = await createFile();
      await file.handle.close();
      await syncFolder(dirname(file.path));
      return file.byteId;
    },

    async writeAt(byteId, position, content) {
      const handle = await open(resolvePath(root, byteId), 'r+');
      try {
        let offset = 0;
        while (offset < content.length) offset += (await handle.write(content, offset, content.length - offset, position + offset)).bytesWritten;
        await handle.datasync();
      } finally {
        await handle.close();
      }
    },

    pin(byteIds) {
      for (const id of byteIds) pins.set(id, (pins.get(id) ?? 0) + 1);
      let isReleased = false;
      return {
        release() {
          if (isReleased) return;
          isReleased = true;
          for (const id of byteIds) {
            const left = (pins.get(id) ?? 1) - 1;
            if (left === 0) pins.delete(id);
            else pins.set(id, left);
          }
        },
      };
    },

    async read(byteId, start, end) {
      if (end < start) return Readable.from([]);
      try {
        const handle = await open(resolvePath(root, byteId), 'r');
        return handle.createReadStream({ start, end, highWaterMark: Math.min(READ_CHUNK_BYTES, end - start + 1), autoClose: true });
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },

    async remove(byteIds) {
      const busy: string[] = [];
      for (const id of byteIds) {
        if (pins.has(id)) busy.push(id);
        else {
          await unlink(resolvePath(root, id)).catch((error: unknown) => {
            if (!hasCode(error, 'ENOENT')) throw error;
          });
        }
      }
      return busy;
    },

    async *listOlderThan(ageMs) {
      const before = clock.now() - ageMs;
      for (const first of await readdir(root)) {
        for (const second of await readdir(join(root, first)).catch(() => [])) {
          const folder = join(root, first, second);
          const old: string[] = [];
          for (const name of await readdir(folder).catch(() => [])) {
            if (!BYTE_ID.test(name)) continue;
            const info = await stat(join(folder, name)).catch(() => undefined);
            if (info !== undefined && info.mtimeMs < before) old.push(name);
          }
          if (old.length > 0) yield old;
        }
      }
    },
  };
}

/** Vectored write of everything; the kernel may take less than it is given. */
async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  let rest = [...chunks];
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest);
    while (bytesWritten > 0 || rest[0]?.length === 0) {
      const first = rest[0];
      if (first === undefined) return;
      if (bytesWritten >= first.length) {
        bytesWritten -= first.length;
        rest = rest.slice(1);
      } else {
        rest = [first.subarray(bytesWritten), ...rest.slice(1)];
        bytesWritten = 0;
      }
    }
  }
}
