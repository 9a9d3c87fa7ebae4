// Blocks: staged one by one, committed as a list in one transaction; and appends.
// Why appends need no truncation after a crash: bytes go behind the length that the database knows, which is set
// afterwards; what a crash left there is never read and is overwritten by the next append.

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Fault } from '#kernel/faults.ts';
import { type BlockReference, commitAppend, commitSealedAppend, findStagedId, listStaged, lockBlocks, type StagedBlock, stageBlock, writeBlockList } from '#storage/blob-block-store.ts';
import { findContainer } from '#storage/blob-container-store.ts';
import { type BlobHeaders, type BlobRecord, findBlob, listParts, type Part } from '#storage/blob-store.ts';
import type { BlobAddress } from './blob-service.ts';
import { getBlob, rollBackUnlessWritten, writeBytes, writeUnder } from './blobs.ts';
import { type Conditions, checkChange } from './conditions.ts';
import { type BlobDeps, getContainer, MAX_ROUNDS, newEtag } from './containers.ts';
import { digestContent, type ExpectedDigests } from './digests.ts';
import { underLease } from './leases/lease-faults.ts';
import type { ContentKey } from './ports.ts';
import { readSealed } from './sealed-bytes.ts';
import { containerNotFound, invalidBlockList, tooMuchContention, wrongBlobType } from './faults.ts';

const MAX_BLOCKS = 50_000;
/** Bounds what an append writes again, and how many files a log becomes. */
const TAKEN_OVER_BYTES = 64 * 1024;

/** Stages a block under its base64 id. The blob itself does not change. */
export async function putBlock(
  deps: BlobDeps,
  address: BlobAddress,
  blockId: string,
  content: Readable | Buffer,
  digests: ExpectedDigests,
): Promise<{ readonly md5: string | undefined; readonly crc64: string | undefined }> {
  const other = await findStagedId(deps.database.sql, address.account, address.container, address.name);
  if (other === undefined) await getContainer(deps, address.account, address.container);
  else if (other.length !== blockId.length) {
    throw new Fault('invalid', 'InvalidBlobOrBlock', `The block id ${blockId} has another length than the staged ones (${other.length} base64 characters); all ids of a blob have one length.`, {
      target: 'blockid',
    });
  }
  const digest = digestContent(digests, false);
  const key = await deps.keys?.ofContainer(address.account, address.container);
  const stored = await writeBytes(deps, key, content, digest.onChunk);
  try {
    const actual = digest.finish();
    const staged = await stageBlock(deps.database.sql, address.account, address.container, address.name, { blockId, ...stored, keyId: key?.id });
    if (staged === 'noContainer') throw containerNotFound(address.container);
    return actual;
  } catch (error) {
    await deps.bytes.remove([stored.byteId]);
    throw error;
  }
}

export interface CommitOptions {
  readonly headers: BlobHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly conditions: Conditions;
  /** Kept as the blob's MD5, not checked: Azure does not either. */
  readonly contentMd5?: string;
}

/** Makes the listed blocks the blob. Throws InvalidBlockList, ContainerNotFound, ConditionNotMet, BlobAlreadyExists. */
export async function putBlockList(deps: BlobDeps, address: BlobAddress, references: readonly BlockReference[], options: CommitOptions): Promise<BlobRecord> {
  if (references.length > MAX_BLOCKS) throw new Fault('invalid', 'BlockListTooLong', `The block list has ${references.length} entries; up to ${MAX_BLOCKS} are accepted.`);
  return writeUnder(deps, address, options.conditions, (outer) =>
    rollBackUnlessWritten(deps, async (tx) => {
      const found = await findBlob(tx, address.account, address.container, address.name, false);
      if (found === 'noContainer') return 'noContainer';
      if (found !== undefined && outer === 'absent') return 'conflict';
      const isBlocks = found?.blob.kind === 'BlockBlob';
      const containerId = found?.blob.containerId ?? (await findContainer(tx, address.account, address.container))?.id;
      if (containerId === undefined) return 'noContainer';
      const { staged, committed } = await lockBlocks(tx, containerId, address.name, isBlocks ? found.blob.contentId : undefined);
      const parts = pickBlocks(references, staged, committed);
      const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
      const blob = {
        name: address.name,
        kind: 'BlockBlob' as const,
        sizeBytes,
        etag: newEtag(),
        headers: options.headers,
        contentMd5: options.contentMd5,
        metadata: options.metadata,
        leaseId: options.conditions.leaseId,
      };
      // Why: what the list was picked from must still be there when it is written.
      const expected = found === undefined ? 'absent' : { etag: found.blob.etag };
      if (typeof outer === 'object' && found?.blob.etag !== outer.etag) return 'conflict';
      return writeBlockList(tx, address.account, address.container, blob, randomUUID(), parts, expected);
    }),
  );
}

function pickBlocks(references: readonly BlockReference[], staged: readonly StagedBlock[], committed: readonly Part[]): readonly Part[] {
  const fresh = new Map(staged.map((block) => [block.blockId, block]));
  const old = new Map(committed.map((block) => [block.blockId, block]));
  return references.map(({ blockId, from }) => {
    const block = from === 'Committed' ? old.get(blockId) : from === 'Uncommitted' ? fresh.get(blockId) : (fresh.get(blockId) ?? old.get(blockId));
    if (block === undefined) throw invalidBlockList(`there is no ${from === 'Latest' ? '' : `${from.toLowerCase()} `}block ${blockId}.`);
    return { blockId, byteId: block.byteId, sizeBytes: block.sizeBytes, isOpen: false, keyId: block.keyId };
  });
}

export interface BlockLists {
  /** Undefined while there are only staged blocks. */
  readonly blob: BlobRecord | undefined;
  readonly committed: readonly StagedBlock[];
  readonly uncommitted: readonly StagedBlock[];
}

/** Throws ContainerNotFound, BlobNotFound (neither blob nor staged block), InvalidBlobType. */
export async function getBlockLists(deps: BlobDeps, address: BlobAddress): Promise<BlockLists> {
  const container = await getContainer(deps, address.account, address.container);
  const found = await findBlob(deps.database.sql, address.account, address.container, address.name, false);
  const blob = found === 'noContainer' ? undefined : found?.blob;
  if (blob !== undefined && blob.kind !== 'BlockBlob') throw wrongBlobType(address.name, blob.kind, 'BlockBlob');
  const uncommitted = await listStaged(deps.database.sql, container.id, address.name);
  if (blob === undefined && uncommitted.length === 0) await getBlob(deps, address);
  const committed = blob?.contentId === undefined ? [] : await listParts(deps.database.sql, blob.contentId);
  return { blob, committed: committed.filter((part) => part.blockId !== ''), uncommitted };
}

export interface AppendOptions {
  readonly conditions: Conditions;
  /** The length the blob must have: AppendPositionConditionNotMet otherwise. */
  readonly position?: number;
  /** The length it must not exceed afterwards: MaxBlobSizeConditionNotMet otherwise. */
  readonly maxSizeBytes?: number;
  readonly digests: ExpectedDigests;
}

export interface Appended {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly blockCount: number;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly md5: string | undefined;
  readonly crc64: string | undefined;
}

/** One append at a time per blob; the map holds the last of each queue. */
const queues = new WeakMap<BlobDeps['bytes'], Map<string, Promise<unknown>>>();

export async function inTurn<T>(deps: BlobDeps, address: BlobAddress, body: () => Promise<T>): Promise<T> {
  const queue = queues.get(deps.bytes) ?? new Map<string, Promise<unknown>>();
  queues.set(deps.bytes, queue);
  const key = `${address.account}/${address.container}/${address.name}`;
  const before = queue.get(key) ?? Promise.resolve();
  const mine = before.then(body, body);
  queue.set(key, mine);
  try {
    return await mine;
  } finally {
    if (queue.get(key) === mine) queue.delete(key);
  }
}

/** Appends to an append blob. Durable on return. */
export function appendBlock(deps: BlobDeps, address: BlobAddress, content: Buffer, options: AppendOptions): Promise<Appended> {
  const digest = digestContent(options.digests, false);
  digest.onChunk?.(content);
  const digests = digest.finish();
  return inTurn(deps, address, async () => ({ ...(await appendNow(deps, address, content, options)), ...digests }));
}

export async function appendNow(deps: BlobDeps, address: BlobAddress, content: Buffer, options: Omit<AppendOptions, 'digests'>): Promise<Omit<Appended, 'md5' | 'crc64'>> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const blob = await getBlob(deps, address);
    if (blob.kind !== 'AppendBlob') throw wrongBlobType(address.name, blob.kind, 'AppendBlob');
    checkChange(options.conditions, blob);
    checkAppend(blob, content.length, options);
    const parts = blob.contentId === undefined ? [] : await listParts(deps.database.sql, blob.contentId);
    const tail = parts.at(-1);
    const key = await deps.keys?.ofContainer(address.account, address.container);
    if (key !== undefined) {
      const appended = await appendSealed(deps, key, blob, parts, content, options.conditions.leaseId);
      if (appended === undefined) continue;
      return appended;
    }
    const isNew = tail?.isOpen !== true || tail.keyId !== undefined;
    const byteId = isNew ? await deps.bytes.create() : tail.byteId;
    await deps.bytes.writeAt(byteId, isNew ? 0 : tail.sizeBytes, content);
    const etag = newEtag();
    const done = await underLease(() =>
      commitAppend(deps.database.sql, blob, {
        etag,
        sizeBytes: content.length,
        contentId: blob.contentId ?? randomUUID(),
        ordinal: isNew ? parts.length : parts.length - 1,
        byteId,
        leaseId: options.conditions.leaseId,
      }),
    );
    if (done !== undefined) return { offset: done.sizeBytes - content.length, etag, ...done };
    if (isNew) await deps.bytes.remove([byteId]);
  }
  throw tooMuchContention(address.name);
}

/**
 * Appends under a key. A sealed file is never written again, so a short last part is taken over by the new one: what
 * was acknowledged stays as it is until the new file is durable and known. Undefined when somebody was faster.
 */
async function appendSealed(
  deps: BlobDeps,
  key: ContentKey,
  blob: BlobRecord,
  parts: readonly Part[],
  content: Buffer,
  leaseId: string | undefined,
): Promise<Omit<Appended, 'md5' | 'crc64'> | undefined> {
  const tail = parts.at(-1);
  const short = tail?.isOpen === true && tail.keyId === key.id && tail.sizeBytes < TAKEN_OVER_BYTES ? tail : undefined;
  const before: Buffer[] = [];
  if (short !== undefined) {
    const stream = await readSealed(deps.bytes, key, short, 0, short.sizeBytes - 1);
    if (stream === undefined) return undefined;
    for await (const piece of stream) before.push(Buffer.from(piece));
  }
  const stored = await writeBytes(deps, key, Buffer.concat([...before, content]));
  const etag = newEtag();
  const done = await underLease(() =>
    commitSealedAppend(deps.database.sql, blob, {
      etag,
      contentId: blob.contentId ?? randomUUID(),
      ordinal: short === undefined ? parts.length : parts.length - 1,
      byteId: stored.byteId,
      keyId: key.id,
      sizeBytes: content.length,
      partBytes: stored.sizeBytes,
      replaced: short?.byteId,
      leaseId,
    }),
  );
  if (done === undefined) {
    await deps.bytes.remove([stored.byteId]);
    return undefined;
  }
  return { offset: done.sizeBytes - content.length, etag, ...done };
}

function checkAppend(blob: BlobRecord, length: number, options: Omit<AppendOptions, 'digests'>): void {
  if (options.position !== undefined && options.position !== blob.sizeBytes) {
    throw new Fault('precondition', 'AppendPositionConditionNotMet', `The append position condition specified was not met: the blob has ${blob.sizeBytes} bytes, not ${options.position}.`, {
      target: 'x-ms-blob-condition-appendpos',
    });
  }
  if (options.maxSizeBytes !== undefined && blob.sizeBytes + length > options.maxSizeBytes) {
    throw new Fault('precondition', 'MaxBlobSizeConditionNotMet', `The max blob size condition specified was not met: ${blob.sizeBytes + length} bytes would exceed ${options.maxSizeBytes}.`, {
      target: 'x-ms-blob-condition-maxsize',
    });
  }
  if (blob.blockCount >= MAX_BLOCKS) throw new Fault('conflict', 'BlockCountExceedsLimit', `The committed block count cannot exceed the maximum limit of ${MAX_BLOCKS} blocks.`);
}
