// LogShipper: a local file that only grows, kept equal to an append blob. Appends name their position, so a repeat after a
// crash adds nothing and nothing is lost.
// Source: contracts/azureml-jobs.md §4 (live logs); design/findings-engines.md §1.

import { type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import type { BlobAddress, BlobService } from '#blobs/blob-service.ts';

export interface LogShipperOptions {
  readonly blobs: BlobService;
  readonly file: string;
  readonly address: BlobAddress;
  /** Length of the blob when this file was empty. */
  readonly base: number;
  /** Called after bytes arrived. */
  onShipped(): Promise<void>;
  onError(error: unknown): void;
}

export interface LogShipper {
  /** Ships up to the present end of the file. Throws what went wrong. */
  flush(): Promise<void>;
  close(): void;
}

const COALESCE_MS = 200;
const RETRY_MS = 1_000;
const CHUNK_BYTES = 1 << 20;

export function startLogShipper(options: LogShipperOptions): LogShipper {
  const { blobs, file, address, base } = options;
  let offset: number | undefined;
  let shipping: Promise<void> | undefined;
  let isChanged = false;
  let isClosed = false;
  let shippedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  async function ship(): Promise<void> {
    const start = offset ?? Math.max(0, ((await blobs.findBlob(address))?.sizeBytes ?? 0) - base);
    let position = start;
    const handle = await open(file, 'r');
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES), position });
        if (bytesRead === 0) break;
        position = (await blobs.appendBlob(address, buffer.subarray(0, bytesRead), base + position)) - base;
        offset = position;
      }
    } catch (error) {
      // Why: after a failed append only the blob knows how far it got.
      offset = undefined;
      throw error;
    } finally {
      await handle.close();
    }
    if (position > start) await options.onShipped();
  }

  /** One ship at a time. */
  function run(): Promise<void> {
    isChanged = false;
    const current = (shipping ?? Promise.resolve()).catch(() => undefined).then(ship);
    shipping = current;
    return current.finally(() => {
      shippedAt = Date.now();
      if (shipping === current) shipping = undefined;
    });
  }

  function schedule(delayMs: number): void {
    if (isClosed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      run().then(
        () => isChanged && poke(),
        (error: unknown) => {
          options.onError(error);
          schedule(RETRY_MS);
        },
      );
    }, delayMs);
  }

  function poke(): void {
    isChanged = true;
    if (shipping === undefined) schedule(Math.max(0, shippedAt + COALESCE_MS - Date.now()));
  }

  const watcher = watchOrUndefined(file, poke);
  // Why: file events are silent on network file systems and when the system has no watches left.
  const poll = setInterval(poke, watcher === undefined ? 250 : 2_000);
  poke();

  return {
    flush: run,
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

function watchOrUndefined(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(file, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
