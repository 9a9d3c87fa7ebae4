// createBlobService: blobs for the rest of the server, without conditions, blocks and credentials.

import { Readable } from 'node:stream';
import { Fault, isFault } from '#kernel/faults.ts';
import { insertContainer, findContainer } from '#storage/blob-container-store.ts';
import { deletePrefixBatch, findBlob, type BlobRecord } from '#storage/blob-store.ts';
import type { BlobAddress, BlobProperties, BlobService } from './blob-service.ts';
import { putBlob, readBlob, removeBlob } from './blobs.ts';
import { appendNow, inTurn } from './blocks.ts';
import { unconditional } from './conditions.ts';
import { type BlobDeps, deleteAccountContainers, newEtag } from './containers.ts';
import { listBlobs } from './listing.ts';

const DELETE_BATCH = 1000;
const DEFAULT_TYPE = 'application/octet-stream';

function propertiesOf(blob: BlobRecord): BlobProperties {
  return {
    name: blob.name,
    kind: blob.kind,
    sizeBytes: blob.sizeBytes,
    etag: blob.etag,
    contentType: blob.headers.contentType,
    ...(blob.contentMd5 === undefined ? {} : { contentMd5: blob.contentMd5 }),
    metadata: blob.metadata,
    createdAt: blob.createdAt,
    modifiedAt: blob.modifiedAt,
  };
}

/** Appends what is not there yet; the caller holds the blob's turn. */
async function appendFrom(deps: BlobDeps, address: BlobAddress, content: Buffer, position: number | undefined): Promise<number> {
  const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
  const blob = found === 'noContainer' ? undefined : found?.blob;
  if (blob === undefined) {
    const options = { kind: 'AppendBlob', headers: { contentType: 'text/plain' }, metadata: {}, conditions: { ifNoneMatch: '*' }, digests: {} } as const;
    await putBlob(deps, address, Buffer.alloc(0), options).catch((error: unknown) => {
      if (!isFault(error) || error.code !== 'BlobAlreadyExists') throw error;
    });
  }
  const sizeBytes = blob?.sizeBytes ?? 0;
  const from = position ?? sizeBytes;
  if (from > sizeBytes) throw new Fault('conflict', 'AppendPositionConditionNotMet', `The blob ${address.name} has ${sizeBytes} bytes; content for position ${from} would leave a gap.`);
  const rest = content.subarray(sizeBytes - from);
  if (rest.length === 0) return sizeBytes;
  const appended = await appendNow(deps, address, rest, { conditions: unconditional, position: sizeBytes });
  return appended.sizeBytes;
}

export function createBlobService(deps: BlobDeps): BlobService {
  const ensureContainer = async (account: string, container: string): Promise<void> => {
    if ((await findContainer(deps.database.sql, account, container)) === undefined) await insertContainer(deps.database.sql, account, container, newEtag(), {});
  };
  return {
    ensureContainer,
    async putBlob(address: BlobAddress, content: Readable | Buffer, options = {}) {
      await ensureContainer(address.account, address.container);
      const put = { kind: 'BlockBlob', headers: { contentType: options.contentType ?? DEFAULT_TYPE }, metadata: options.metadata ?? {}, conditions: unconditional, digests: {} } as const;
      return propertiesOf(await putBlob(deps, address, content, put));
    },
    async appendBlob(address, content, position) {
      return inTurn(deps, address, async () => {
        await ensureContainer(address.account, address.container);
        return appendFrom(deps, address, content, position);
      });
    },
    async findBlob(address) {
      const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
      return found === undefined || found === 'noContainer' ? undefined : propertiesOf(found.blob);
    },
    async readBlob(address, range) {
      const read = await readBlob(deps, address, range);
      // Without conditions the answer always has content.
      if ('notModified' in read) throw new Fault('internal', 'InternalServerError', 'A read without conditions answered not modified.');
      return { properties: propertiesOf(read.blob), stream: Buffer.isBuffer(read.content) ? Readable.from([read.content], { objectMode: false }) : read.content };
    },
    async listBlobs(account, container, options) {
      const found = await findContainer(deps.database.sql, account, container);
      if (found === undefined) return { blobs: [], prefixes: [] };
      const { items, next } = await listBlobs(deps, found.id, {
        prefix: options.prefix ?? '',
        delimiter: options.delimiter ?? '',
        from: options.after === undefined ? '' : options.after,
        limit: options.limit,
      });
      return {
        blobs: items.flatMap((item) => ('blob' in item ? [propertiesOf(item.blob)] : [])),
        prefixes: items.flatMap((item) => ('prefix' in item ? [item.prefix] : [])),
        ...(next === undefined ? {} : { next }),
      };
    },
    async deleteBlob(address) {
      try {
        await removeBlob(deps, address, unconditional);
        return true;
      } catch (error) {
        if (isFault(error, 'notFound')) return false;
        throw error;
      }
    },
    async deletePrefix(account, container, prefix) {
      const found = await findContainer(deps.database.sql, account, container);
      if (found === undefined) return;
      while ((await deps.database.transaction((tx) => deletePrefixBatch(tx, found.id, prefix, DELETE_BATCH, true))) === DELETE_BATCH);
    },
    async deleteAccount(account) {
      await deleteAccountContainers(deps, account, `account:${account}`);
    },
  };
}
