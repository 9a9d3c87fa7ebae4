// FileService: a share for those who read and write whole files by their path, as BlobService is a container.

import { Readable } from 'node:stream';
import { Fault, isFault } from '#kernel/faults.ts';
import { type EntryRecord, listFilesBelow } from '#storage/file-entry-store.ts';
import type { BlobAddress, BlobProperties, ContentService } from '../blob-service.ts';
import type { BlobDeps } from '../containers.ts';
import { putFile } from './copies.ts';
import { ensureParents, type FileAddress, findEntry, removeEntry, walk } from './entries.ts';
import { parsePath } from './names.ts';
import { readFile } from './ranges.ts';
import { ensureShare } from './shares.ts';
import { newSmb } from './smb.ts';

function addressOf({ account, container, name }: BlobAddress): FileAddress {
  return { account, share: container, path: parsePath(name) };
}

function propertiesOf(name: string, entry: EntryRecord): BlobProperties {
  return {
    name,
    kind: 'BlockBlob',
    sizeBytes: entry.sizeBytes,
    etag: entry.etag,
    contentType: entry.headers.contentType ?? 'application/octet-stream',
    ...(entry.contentMd5 === undefined ? {} : { contentMd5: entry.contentMd5 }),
    metadata: entry.metadata,
    createdAt: entry.createdAt,
    modifiedAt: entry.modifiedAt,
  };
}

/** `container` is the share, `name` the path from its root. */
export function createFileService(deps: BlobDeps): ContentService {
  return {
    async putBlob(address, content, options = {}) {
      const target = addressOf(address);
      await ensureShare(deps, target.account, target.share);
      await ensureParents(deps, target);
      const headers = options.contentType === undefined ? {} : { contentType: options.contentType };
      const entry = await putFile(deps, target, content, { headers, contentMd5: undefined, metadata: options.metadata ?? {}, smb: newSmb('Archive', deps.clock.now()) });
      return propertiesOf(address.name, entry);
    },
    async findBlob(address) {
      try {
        const entry = await findEntry(deps, addressOf(address));
        return entry?.kind === 'file' ? propertiesOf(address.name, entry) : undefined;
      } catch (error) {
        if (isFault(error, 'notFound')) return undefined;
        throw error;
      }
    },
    async readBlob(address, range) {
      const { entry, content } = await readFile(deps, addressOf(address), range);
      return { properties: propertiesOf(address.name, entry), stream: Buffer.isBuffer(content) ? Readable.from([content], { objectMode: false }) : content };
    },
    async listBlobs(account, container, { prefix = '', delimiter = '', after = '', limit }) {
      if ((prefix !== '' && !prefix.endsWith('/')) || delimiter !== '') throw new Fault('internal', 'NotADirectory', 'Files of a share are listed by directory, at any depth.');
      try {
        const address = addressOf({ account, container, name: prefix });
        const { depth, entry } = await walk(deps, address);
        if (depth < address.path.length || entry.kind !== 'directory') return { blobs: [], prefixes: [] };
        const files = await listFilesBelow(deps.database.sql, entry.id, { after, limit: limit + 1 });
        const last = files[limit - 1];
        return {
          blobs: files.slice(0, limit).map((file) => propertiesOf(`${prefix}${file.path}`, file.entry)),
          prefixes: [],
          ...(files.length > limit && last !== undefined ? { next: last.path } : {}),
        };
      } catch (error) {
        if (isFault(error, 'notFound')) return { blobs: [], prefixes: [] };
        throw error;
      }
    },
    async deleteBlob(address) {
      try {
        await removeEntry(deps, addressOf(address), 'file');
        return true;
      } catch (error) {
        if (isFault(error, 'notFound')) return false;
        throw error;
      }
    },
  };
}
