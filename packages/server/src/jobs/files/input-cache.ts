// InputCache: copies of blobs on this machine by address and etag, so that the second job that reads them downloads nothing.
// Jobs get copies of their own, never links: a job that writes into its input must not change what the next one reads.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobAddress, BlobProperties, ContentService } from '#blobs/blob-service.ts';
import { downloadBlob } from './blob-folder.ts';
import type { SealedData } from '../ports.ts';
import { exists } from './attempt-folder.ts';

export interface InputCache {
  /** Puts a read-only copy of the blob, or file of a share, at `path`. */
  place(blobs: ContentService, address: BlobAddress, properties: BlobProperties, path: string, signal: AbortSignal): Promise<void>;
  /** Frees copies that nobody asked for since. */
  prune(unusedSince: Date): Promise<void>;
}

export function createInputCache(dir: string, sealed?: Pick<SealedData, 'isContainerSealed'>): InputCache {
  return {
    async place(blobs, address, properties, path, signal) {
      // Why no copy is kept: what lies under a customer-managed key is not left in the clear after the job.
      if ((await sealed?.isContainerSealed(address.account, address.container)) === true) {
        await downloadBlob(blobs, address, path, signal);
        return;
      }
      const key = createHash('sha256').update([address.account, address.container, address.name, properties.etag].join('\0')).digest('hex');
      const cached = join(dir, key.slice(0, 2), key);
      if (await exists(cached)) {
        const now = new Date();
        await utimes(cached, now, now);
      } else {
        await mkdir(dirname(cached), { recursive: true, mode: 0o700 });
        const temp = `${cached}.${randomUUID()}`;
        try {
          const downloaded = await downloadBlob(blobs, address, temp, signal);
          if (downloaded.etag === properties.etag) await rename(temp, cached);
          else {
            // It changed since it was listed: this job gets the newest, the cache nothing under the old key.
            await copyFile(temp, path);
            return;
          }
        } finally {
          await rm(temp, { force: true });
        }
      }
      await copyFile(cached, path, constants.COPYFILE_FICLONE);
    },
    async prune(unusedSince) {
      for (const shard of await readdir(dir).catch(() => [])) {
        for (const name of await readdir(join(dir, shard)).catch(() => [])) {
          const path = join(dir, shard, name);
          const file = await stat(path).catch(() => undefined);
          if (file !== undefined && file.mtime < unusedSince) await rm(path, { force: true });
        }
      }
    },
  };
}
