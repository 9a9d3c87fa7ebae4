// Blobs: replace, read, change, delete, copy. A replacement is written beside what is there and becomes visible in one
// statement; readers of the old bytes keep them until they are done.

import { randomUUID } from 'node:crypto';
import { finished, Readable } from 'node:stream';
import {
  type BlobChange,
  type BlobHeaders,
  type BlobRecord,
  type CopyRecord,
  copyBlobRow,
  deleteBlobRow,
  type Expected,
  findBlob,
  type FoundBlob,
  type NewBlob,
  type Part,
  updateBlob,
  writeBlob,
  writeCopyRow,
  type Written,
} from '#storage/blob-store.ts';
import { Fault } from '#kernel/faults.ts';
import type { BlobAddress } from './blob-service.ts';
import type { StoredBytes } from './byte-store.ts';
import { alreadyExists, type Conditions, checkChange, checkRead, checkSource, checkWrite, isUnconditional, unconditional } from './conditions.ts';
import { type BlobDeps, getContainer, MAX_ROUNDS, newEtag } from './containers.ts';
import { digestContent, type ExpectedDigests } from './digests.ts';
import { blobNotFound, containerNotFound, invalidRange, tooMuchContention } from './faults.ts';
import { underLease } from './leases/lease-faults.ts';
import type { ContentKey } from './ports.ts';
import { openInline, readSealed, sealInline, writeSealed } from './sealed-bytes.ts';

/**
 * Content up to this size lies in the blob's row: one statement and one flush of the database's log, instead of two
 * flushes of the disk and the statement. Why this number (measured, 16 at once): at 16 KiB the row puts twice as fast and
 * gets as fast as the file; at 32 KiB they are level; at 64 KiB the row gets at half the rate, for the database sends bytes as text.
 */
export const INLINE_BYTES = 16 * 1024;

export interface PutOptions {
  readonly kind: 'BlockBlob' | 'AppendBlob';
  readonly headers: BlobHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly conditions: Conditions;
  readonly digests: ExpectedDigests;
  /** Length of a stream where it is known beforehand. */
  readonly sizeBytes?: number;
}

/** Replaces the blob. Throws ContainerNotFound, ConditionNotMet, BlobAlreadyExists, Md5Mismatch, Crc64Mismatch. */
export async function putBlob(deps: BlobDeps, address: BlobAddress, content: Readable | Buffer, options: PutOptions): Promise<BlobRecord> {
  const isBig = Buffer.isBuffer(content) ? content.length > INLINE_BYTES : (options.sizeBytes ?? Infinity) > INLINE_BYTES;
  if (isBig) {
    // Why: a write that cannot succeed is refused before its bytes are taken.
    const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
    if (found === 'noContainer') throw containerNotFound(address.container);
    checkWrite(options.conditions, found?.blob);
  }
  const digest = digestContent(options.digests, options.kind === 'BlockBlob');
  const key = await deps.keys?.ofContainer(address.account, address.container);
  const base = { name: address.name, kind: options.kind, headers: options.headers, metadata: options.metadata, keyId: key?.id } as const;
  if (isBig) {
    const stored = await writeBytes(deps, key, content, digest.onChunk);
    // A blob that is not written leaves the file to the sweep only if the server dies here.
    try {
      const { md5 } = digest.finish();
      return await replaceBlob(deps, address, { ...base, sizeBytes: stored.sizeBytes, contentMd5: md5, etag: newEtag(), file: { byteId: stored.byteId, contentId: randomUUID() } }, options.conditions);
    } catch (error) {
      await deps.bytes.remove([stored.byteId]);
      throw error;
    }
  }
  const bytes = Buffer.isBuffer(content) ? content : await collect(content);
  digest.onChunk?.(bytes);
  const { md5 } = digest.finish();
  return replaceBlob(
    deps,
    address,
    { ...base, sizeBytes: bytes.length, contentMd5: md5, etag: newEtag(), ...(bytes.length === 0 ? {} : { inline: key === undefined ? bytes : sealInline(key, bytes, address.account) }) },
    options.conditions,
  );
}

/** Stores the bytes, sealed where there is a key. */
export function writeBytes(deps: BlobDeps, key: ContentKey | undefined, content: Readable | Buffer, onChunk?: (chunk: Buffer) => void): Promise<StoredBytes> {
  return key === undefined ? deps.bytes.write(content, onChunk) : writeSealed(deps.bytes, key, content, onChunk);
}

/** The key that content was sealed with. Throws `forbidden` while it is not to be had. */
export async function keyOf(deps: BlobDeps, keyId: string): Promise<ContentKey> {
  if (deps.keys === undefined) throw new Fault('internal', 'NoContentKeys', 'Sealed content is read without the keys.');
  return deps.keys.open(keyId);
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Looks (where a condition asks), then compare-and-set, until nobody came between. */
export async function writeUnder(deps: BlobDeps, address: BlobAddress, conditions: Conditions, write: (expected: Expected) => Promise<Written>): Promise<BlobRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    let expected: Expected = 'any';
    if (conditions.ifNoneMatch === '*' && conditions.ifMatch === undefined) expected = 'absent';
    else if (!isUnconditional(conditions)) {
      const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
      if (found === 'noContainer') throw containerNotFound(address.container);
      checkWrite(conditions, found?.blob);
      expected = found === undefined ? 'absent' : { etag: found.blob.etag };
    }
    const written = await underLease(() => write(expected));
    if (written === 'noContainer') throw containerNotFound(address.container);
    if (written !== 'conflict') return written.blob;
    if (expected === 'absent' && conditions.ifNoneMatch === '*') throw alreadyExists();
  }
  throw tooMuchContention(address.name);
}

function replaceBlob(deps: BlobDeps, address: BlobAddress, blob: NewBlob, conditions: Conditions): Promise<BlobRecord> {
  return writeUnder(deps, address, conditions, (expected) => writeBlob(deps.database.sql, address.account, address.container, { ...blob, leaseId: conditions.leaseId }, expected));
}

/** The blob without its bytes. Throws ContainerNotFound, BlobNotFound. */
export async function getBlob(deps: BlobDeps, address: BlobAddress): Promise<BlobRecord> {
  return (await look(deps, address, false)).blob;
}

async function look(deps: BlobDeps, address: BlobAddress, withBytes: boolean): Promise<FoundBlob> {
  const found = await findBlob(deps.database.sql, address.account, address.container, address.name, withBytes);
  if (found === 'noContainer') throw containerNotFound(address.container);
  if (found === undefined) throw blobNotFound(address.name);
  return found;
}

export interface Range {
  readonly start: number;
  /** Inclusive; to the end when left out or beyond it. */
  readonly end?: number;
}

export interface BlobContent {
  readonly blob: BlobRecord;
  readonly start: number;
  readonly end: number;
  readonly content: Buffer | Readable;
}

/** The bytes of the blob or of a range of it. Throws ContainerNotFound, BlobNotFound, ConditionNotMet, InvalidRange. */
export async function readBlob(deps: BlobDeps, address: BlobAddress, range: Range | undefined, conditions: Conditions = unconditional): Promise<BlobContent | { readonly notModified: BlobRecord }> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { blob, inline: stored, inlineKeyId, parts } = await look(deps, address, true);
    if (checkRead(conditions, blob) === 'notModified') return { notModified: blob };
    const start = range?.start ?? 0;
    if (range !== undefined && start >= blob.sizeBytes) throw invalidRange(start, blob.sizeBytes);
    const end = Math.min(range?.end ?? Infinity, blob.sizeBytes - 1);
    const inline = stored === undefined || inlineKeyId === undefined ? stored : openInline(await keyOf(deps, inlineKeyId), stored, address.account);
    if (inline !== undefined) return { blob, start, end, content: inline.subarray(start, end + 1) };
    if (blob.contentId === undefined || blob.sizeBytes === 0) return { blob, start, end, content: Buffer.alloc(0) };
    const content = await openParts(deps, parts, start, end);
    // Undefined: the blob was replaced meanwhile and its bytes are gone; look again.
    if (content !== undefined) return { blob, start, end, content };
  }
  throw tooMuchContention(address.name);
}

interface Slice {
  readonly part: Part;
  readonly byteId: string;
  readonly start: number;
  readonly end: number;
}

function slicesOf(parts: readonly Part[], start: number, end: number): readonly Slice[] {
  const slices: Slice[] = [];
  let offset = 0;
  for (const part of parts) {
    const first = Math.max(start - offset, 0);
    const last = Math.min(end - offset, part.sizeBytes - 1);
    if (first <= last) slices.push({ part, byteId: part.byteId, start: first, end: last });
    offset += part.sizeBytes;
  }
  return slices;
}

async function openParts(deps: BlobDeps, parts: readonly Part[], start: number, end: number): Promise<Readable | undefined> {
  const slices = slicesOf(parts, start, end);
  const [first, ...rest] = slices;
  const covered = slices.reduce((sum, slice) => sum + slice.end - slice.start + 1, 0);
  if (first === undefined || covered !== end - start + 1) return undefined;
  const pin = deps.bytes.pin(slices.map((slice) => slice.byteId));
  const opened = await openSlice(deps, first).catch((error: unknown) => {
    pin.release();
    throw error;
  });
  if (opened === undefined) {
    pin.release();
    return undefined;
  }
  const stream = rest.length === 0 ? opened : Readable.from(concatenate(deps, opened, rest), { objectMode: false, highWaterMark: 1024 * 1024 });
  // Why finished: a reader that goes away without reading must let the bytes go too.
  finished(stream, () => {
    pin.release();
    opened.destroy();
  });
  return stream;
}

async function openSlice(deps: BlobDeps, { part, start, end }: Slice): Promise<Readable | undefined> {
  return part.keyId === undefined ? deps.bytes.read(part.byteId, start, end) : readSealed(deps.bytes, await keyOf(deps, part.keyId), part, start, end);
}

async function* concatenate(deps: BlobDeps, opened: Readable, rest: readonly Slice[]): AsyncGenerator<Buffer> {
  yield* opened;
  for (const slice of rest) {
    const next = await openSlice(deps, slice);
    if (next === undefined) throw new Error(`bytes ${slice.byteId} are missing`);
    yield* next;
  }
}

/** Changes headers or metadata; the bytes stay. */
export async function changeBlob(deps: BlobDeps, address: BlobAddress, conditions: Conditions, change: (blob: BlobRecord) => Omit<BlobChange, 'etag'>): Promise<BlobRecord> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const blob = await getBlob(deps, address);
    checkChange(conditions, blob);
    const changed = await underLease(() => updateBlob(deps.database.sql, blob, { ...change(blob), etag: newEtag(), leaseId: conditions.leaseId }));
    if (changed !== undefined) return changed;
  }
  throw tooMuchContention(address.name);
}

/** Throws ContainerNotFound, BlobNotFound, ConditionNotMet. */
export async function removeBlob(deps: BlobDeps, address: BlobAddress, conditions: Conditions): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const blob = await getBlob(deps, address);
    checkChange(conditions, blob);
    if (await underLease(() => deps.database.transaction((tx) => deleteBlobRow(tx, blob.containerId, blob.name, blob.etag, conditions.leaseId)))) return;
  }
  throw tooMuchContention(address.name);
}

export interface CopyOptions {
  readonly conditions: Conditions;
  readonly sourceConditions: Conditions;
  /** Replaces the metadata of the source. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly headers?: BlobHeaders;
  /** URL of the source as it is shown, without a signature. */
  readonly sourceUrl: string;
  readonly expectedMd5?: string;
}

/** Makes the target the same as the source; no byte is moved. */
export async function copyBlob(deps: BlobDeps, source: BlobAddress, target: BlobAddress, options: CopyOptions): Promise<BlobRecord> {
  await getContainer(deps, target.account, target.container);
  const key = await deps.keys?.ofContainer(target.account, target.container);
  return writeUnder(deps, target, options.conditions, async (expected) => {
    const from = await getBlob(deps, source);
    checkSource(options.sourceConditions, from);
    const blob = {
      name: target.name,
      kind: from.kind,
      sizeBytes: from.sizeBytes,
      etag: newEtag(),
      headers: options.headers ?? from.headers,
      contentMd5: from.contentMd5,
      metadata: options.metadata ?? from.metadata,
      contentId: randomUUID(),
      copy: { id: randomUUID(), source: options.sourceUrl, completedAt: new Date(deps.clock.now()).toUTCString() },
      leaseId: options.conditions.leaseId,
    };
    if (!(await isSealedAlike(deps, source, target, key))) return copyBytes(deps, source, target, key, blob, expected);
    return rollBackUnlessWritten(deps, (tx) => copyBlobRow(tx, from, target.account, target.container, blob, expected));
  });
}

/** Whether the bytes of the source can serve the target as they lie. */
async function isSealedAlike(deps: BlobDeps, source: BlobAddress, target: BlobAddress, key: ContentKey | undefined): Promise<boolean> {
  const { inline, inlineKeyId, parts } = await look(deps, source, true);
  if (inline !== undefined) return inlineKeyId === key?.id && (inlineKeyId === undefined || source.account === target.account);
  return parts.every((part) => part.keyId === key?.id);
}

/** A copy between accounts of different keys: the bytes are sealed anew, as one part. */
async function copyBytes(
  deps: BlobDeps,
  source: BlobAddress,
  target: BlobAddress,
  key: ContentKey | undefined,
  blob: NewBlob & { readonly copy: CopyRecord; readonly contentId: string },
  expected: Expected,
): Promise<Written> {
  const read = await readBlob(deps, source, undefined, { ifMatch: (await getBlob(deps, source)).etag });
  if ('notModified' in read) return 'conflict';
  const stored = await writeBytes(deps, key, read.content);
  const written = await rollBackUnlessWritten(deps, (tx) =>
    writeCopyRow(tx, target.account, target.container, { ...blob, keyId: key?.id, file: { byteId: stored.byteId, contentId: blob.contentId } }, read.blob.blockCount, expected),
  ).catch(async (error: unknown) => {
    await deps.bytes.remove([stored.byteId]);
    throw error;
  });
  if (typeof written === 'string') await deps.bytes.remove([stored.byteId]);
  return written;
}

class NotWritten extends Error {
  readonly outcome: Written;
  constructor(outcome: Written) {
    super('not written');
    this.outcome = outcome;
  }
}

/** A transaction that leaves nothing behind unless it wrote the blob. */
export async function rollBackUnlessWritten(deps: BlobDeps, write: (tx: Parameters<Parameters<BlobDeps['database']['transaction']>[0]>[0]) => Promise<Written>): Promise<Written> {
  try {
    return await deps.database.transaction(async (tx) => {
      const written = await write(tx);
      if (typeof written === 'string') throw new NotWritten(written);
      return written;
    });
  } catch (error) {
    if (error instanceof NotWritten) return error.outcome;
    throw error;
  }
}
