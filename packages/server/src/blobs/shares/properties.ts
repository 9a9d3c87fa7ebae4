// Properties of a file: headers, size, what SMB knows. A new size cuts the content or continues it with zeros.

import { type EntryRecord, type FileHeaders, lockEntry, type SmbProperties, updateEntry } from '#storage/file-entry-store.ts';
import { type BlobDeps, MAX_ROUNDS, newEtag } from '../containers.ts';
import { tooMuchContention } from '../faults.ts';
import { checkQuota, type FileAddress, walk } from './entries.ts';
import { entryNotFound } from './faults.ts';
import { cutContent } from './ranges.ts';

export interface FileProperties {
  readonly sizeBytes?: number;
  /** Replaces all of them. */
  readonly headers?: FileHeaders;
  readonly contentMd5?: string | null;
  smb(smb: SmbProperties): SmbProperties;
}

/** Throws ResourceNotFound, ShareSizeLimitReached. */
export async function setFileProperties(deps: BlobDeps, address: FileAddress, properties: FileProperties): Promise<EntryRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { share, depth, entry } = await walk(deps, address);
    if (depth < address.path.length || entry.kind !== 'file') throw entryNotFound(address.path);
    const { sizeBytes = entry.sizeBytes, headers, contentMd5, smb } = properties;
    await checkQuota(deps, share, sizeBytes - entry.sizeBytes);
    const changed = await deps.database.transaction(async (tx) => {
      if ((await lockEntry(tx, entry.id))?.etag !== entry.etag) return undefined;
      await cutContent(tx, entry, sizeBytes);
      return updateEntry(tx, entry.id, entry.etag, {
        etag: newEtag(),
        sizeBytes,
        smb: smb(entry.smb),
        ...(headers === undefined ? {} : { headers }),
        ...(contentMd5 === undefined ? {} : { contentMd5 }),
      });
    });
    if (changed !== undefined) return changed;
  }
  throw tooMuchContention(address.path.join('/'));
}
