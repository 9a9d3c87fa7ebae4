// blob-folder: blobs brought to the disk: one, or everything under a prefix. Blob names are untrusted: see disk-path.ts.

import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BlobAddress, BlobProperties, ContentService } from '#blobs/blob-service.ts';
import { Fault } from '#kernel/faults.ts';
import { resolveInside } from './disk-path.ts';

export interface FolderFile {
  /** Relative to the prefix, divided by `/`. */
  readonly relativePath: string;
  readonly address: BlobAddress;
  readonly properties: BlobProperties;
}

const PAGE = 1_000;
const PARALLEL = 8;

/** The files under the prefix (a folder, with or without its last slash); folder markers become nothing. */
export async function listBlobFolder(blobs: ContentService, place: { readonly account: string; readonly container: string; readonly path: string }): Promise<readonly FolderFile[]> {
  const prefix = place.path === '' || place.path.endsWith('/') ? place.path : `${place.path}/`;
  const files: FolderFile[] = [];
  let after: string | undefined;
  do {
    const page = await blobs.listBlobs(place.account, place.container, { prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const properties of page.blobs) {
      const relativePath = properties.name.slice(prefix.length);
      if (relativePath === '' || relativePath.endsWith('/') || properties.metadata['hdi_isfolder'] === 'true') continue;
      files.push({ relativePath, address: { account: place.account, container: place.container, name: properties.name }, properties });
    }
    after = page.next;
  } while (after !== undefined);
  return files;
}

/** Writes the files below `folder`, several at a time. `fetch` brings one file to a path. */
export async function writeFolder(files: readonly FolderFile[], folder: string, signal: AbortSignal, fetch: (file: FolderFile, path: string) => Promise<void>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const queue = files.values();
  const lane = async (): Promise<void> => {
    for (const file of queue) {
      signal.throwIfAborted();
      const path = resolveInside(folder, file.relativePath);
      await mkdir(dirname(path), { recursive: true });
      await fetch(file, path);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, files.length) }, lane));
}

/** Downloads one blob. Throws `unavailable`/`IncompleteDownload` when bytes are missing. */
export async function downloadBlob(blobs: ContentService, address: BlobAddress, path: string, signal: AbortSignal): Promise<BlobProperties> {
  const { properties, stream } = await blobs.readBlob(address);
  const file = createWriteStream(path);
  await pipeline(stream, file, { signal });
  if (file.bytesWritten !== properties.sizeBytes) {
    throw new Fault('unavailable', 'IncompleteDownload', `${file.bytesWritten} of ${properties.sizeBytes} bytes of ${address.container}/${address.name} arrived.`);
  }
  return properties;
}
