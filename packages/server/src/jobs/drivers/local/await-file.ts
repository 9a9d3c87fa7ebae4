// awaitChange: wakes when something happens in a folder, or after a while in case the notice was lost.

import { watch } from 'node:fs';

/**
 * Calls `look` now, at every change in the folder and every `pollMs`, until it returns a value.
 * Rejects with the signal's reason. Works where the file system sends no notices (then only by the poll).
 */
export async function awaitChange<T>(folder: string, pollMs: number, signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
  let wake: () => void = () => undefined;
  let isChanged = false;
  const notice = (): void => {
    isChanged = true;
    wake();
  };
  const watcher = openWatcher(folder, notice);
  signal.addEventListener('abort', notice);
  try {
    for (;;) {
      signal.throwIfAborted();
      isChanged = false;
      const found = await look();
      if (found !== undefined) return found;
      if (isChanged) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    signal.removeEventListener('abort', notice);
    watcher?.close();
  }
}

function openWatcher(folder: string, notice: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, notice);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
