// FakeBlobs: a BlobService in memory, for tests of what stands on it.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobAddress, BlobProperties, BlobService } from '@lazurite/server/blobs/blob-service.ts';
import { Fault } from '@lazurite/server/kernel/faults.ts';

interface StoredBlob {
  readonly properties: BlobProperties;
  readonly bytes: Buffer;
}

export interface FakeBlobs extends BlobService {
  text(account: string, container: string, name: string): string | undefined;
  names(account: string, container: string): readonly string[];
  readonly counts: { puts: number; reads: number; appends: number };
}

export function createFakeBlobs(): FakeBlobs {
  const containers = new Map<string, Map<string, StoredBlob>>();
  const counts = { puts: 0, reads: 0, appends: 0 };
  const containerOf = (account: string, container: string): Map<string, StoredBlob> => {
    const key = `${account}/${container}`;
    const known = containers.get(key) ?? new Map<string, StoredBlob>();
    containers.set(key, known);
    return known;
  };
  const store = (address: BlobAddress, bytes: Buffer, kind: BlobProperties['kind'], contentType: string, metadata: Readonly<Record<string, string>>): BlobProperties => {
    const now = new Date();
    const etag = createHash('md5').update(bytes).update(String(counts.puts)).digest('hex');
    const properties = { name: address.name, kind, sizeBytes: bytes.length, etag, contentType, metadata, createdAt: now, modifiedAt: now };
    containerOf(address.account, address.container).set(address.name, { properties, bytes });
    return properties;
  };
  return {
    counts,
    text: (account, container, name) => containerOf(account, container).get(name)?.bytes.toString('utf8'),
    names: (account, container) => [...containerOf(account, container).keys()].sort(),
    async ensureContainer(account, container) {
      containerOf(account, container);
    },
    async putBlob(address, content, options) {
      counts.puts += 1;
      return store(address, Buffer.isBuffer(content) ? content : await buffer(content), 'BlockBlob', options?.contentType ?? 'application/octet-stream', options?.metadata ?? {});
    },
    async appendBlob(address, content, position) {
      counts.appends += 1;
      const known = containerOf(address.account, address.container).get(address.name)?.bytes ?? Buffer.alloc(0);
      const start = position ?? known.length;
      if (start > known.length) throw new Fault('conflict', 'AppendPositionConditionNotMet', `The blob ends at ${known.length}; ${start} is beyond.`);
      const bytes = Buffer.concat([known, content.subarray(known.length - start)]);
      store(address, bytes, 'AppendBlob', 'text/plain', {});
      return bytes.length;
    },
    async findBlob(address) {
      return containerOf(address.account, address.container).get(address.name)?.properties;
    },
    async readBlob(address, range) {
      counts.reads += 1;
      const blob = containerOf(address.account, address.container).get(address.name);
      if (blob === undefined) throw new Fault('notFound', 'BlobNotFound', `There is no blob ${address.name}.`);
      const bytes = range === undefined ? blob.bytes : blob.bytes.subarray(range.start, range.end === undefined ? undefined : range.end + 1);
      return { properties: blob.properties, stream: Readable.from([bytes]) };
    },
    async listBlobs(account, container, options) {
      const all = [...containerOf(account, container).values()].map((blob) => blob.properties).filter((blob) => blob.name.startsWith(options.prefix ?? '') && blob.name > (options.after ?? ''));
      const sorted = all.sort((a, b) => (a.name < b.name ? -1 : 1));
      const blobs = sorted.slice(0, options.limit);
      const last = blobs.at(-1);
      return { blobs, prefixes: [], ...(sorted.length > blobs.length && last !== undefined ? { next: last.name } : {}) };
    },
    async deleteBlob(address) {
      return containerOf(address.account, address.container).delete(address.name);
    },
    async deletePrefix(account, container, prefix) {
      const known = containerOf(account, container);
      for (const name of known.keys()) if (name.startsWith(prefix)) known.delete(name);
    },
    async deleteAccount(account) {
      for (const key of containers.keys()) if (key.startsWith(`${account}/`)) containers.delete(key);
    },
  };
}
