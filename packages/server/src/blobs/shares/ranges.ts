// Ranges: what files hold. A write stores its bytes as a piece of its own and becomes visible in one transaction; what is
// read comes in windows, each of one instant, and a file that changes between two of them ends the answer.

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Fault } from '#kernel/faults.ts';
import { type EntryRecord, lockEntry, updateEntry } from '#storage/file-entry-store.ts';
import { type ByteSpan, countExtents, type Extent, listSpans, type Piece, punchHole, readExtents, writeExtent } from '#storage/file-extent-store.ts';
import { enqueueWork } from '#storage/work-store.ts';
import type { Tx } from '#storage/database.ts';
import { INLINE_BYTES, keyOf, writeBytes } from '../blobs.ts';
import { type BlobDeps, MAX_ROUNDS, newEtag } from '../containers.ts';
import { tooMuchContention } from '../faults.ts';
import { openInline, readSealed, sealInline } from '../sealed-bytes.ts';
import { type FileAddress, getEntry } from './entries.ts';
import { entryNotFound, outsideOfFile, readOnly } from './faults.ts';
import { isReadOnly, smbTime } from './smb.ts';

/** What is held in memory of an answer. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Shorter extents are joined by work when there are many of them. */
export const SHORT_BYTES = 64 * 1024;
const MANY_EXTENTS = 128;

/** Stores bytes that no file knows yet: in a row when small, else in the byte store. */
export async function makePiece(deps: BlobDeps, { account, share }: Pick<FileAddress, 'account' | 'share'>, content: Buffer | Readable): Promise<Piece> {
  const key = await deps.keys?.ofContainer(account, share);
  if (Buffer.isBuffer(content) && content.length <= INLINE_BYTES) {
    return { id: randomUUID(), sizeBytes: content.length, inline: key === undefined ? content : sealInline(key, content, account), keyId: key?.id };
  }
  const stored = await writeBytes(deps, key, content);
  return { id: stored.byteId, sizeBytes: stored.sizeBytes, inline: undefined, keyId: key?.id };
}

/** Frees a piece that came into no file. */
export async function dropPiece(deps: BlobDeps, piece: Piece): Promise<void> {
  if (piece.inline === undefined) await deps.bytes.remove([piece.id]);
}

export interface WriteOptions {
  /** x-ms-file-last-write-time: preserve */
  readonly keepsWriteTime: boolean;
}

/** Puts the bytes into the file, whose size stays. Durable on return. Throws ResourceNotFound, InvalidRange, ReadOnlyAttribute. */
export async function writeRange(deps: BlobDeps, address: FileAddress, start: number, content: Buffer, options: WriteOptions): Promise<EntryRecord> {
  const entry = await getWritable(deps, address, start, start + content.length);
  const piece = await makePiece(deps, address, content);
  try {
    return await changeContent(deps, address, entry, start, start + content.length, options, async (tx) => {
      await writeExtent(tx, entry.id, start, piece);
      if (content.length < SHORT_BYTES) await noteFragments(tx, entry.id, start);
    });
  } catch (error) {
    await dropPiece(deps, piece);
    throw error;
  }
}

/** The bytes become zeros and take no room. */
export async function clearRange(deps: BlobDeps, address: FileAddress, start: number, past: number, options: WriteOptions): Promise<EntryRecord> {
  const entry = await getWritable(deps, address, start, past);
  return changeContent(deps, address, entry, start, past, options, (tx) => punchHole(tx, entry.id, start, past));
}

async function getWritable(deps: BlobDeps, address: FileAddress, start: number, past: number): Promise<EntryRecord> {
  const entry = await getEntry(deps, address, 'file');
  if (isReadOnly(entry.smb)) throw readOnly(address.path);
  if (past > entry.sizeBytes) throw outsideOfFile(start, past, entry.sizeBytes);
  return entry;
}

function changeContent(deps: BlobDeps, address: FileAddress, { id }: EntryRecord, start: number, past: number, options: WriteOptions, change: (tx: Tx) => Promise<void>): Promise<EntryRecord> {
  return deps.database.transaction(async (tx) => {
    const held = await lockEntry(tx, id);
    if (held === undefined) throw entryNotFound(address.path);
    if (past > held.sizeBytes) throw outsideOfFile(start, past, held.sizeBytes);
    await change(tx);
    const now = smbTime(deps.clock.now());
    const changed = await updateEntry(tx, id, held.etag, { etag: newEtag(), smb: { ...held.smb, changedAt: now, ...(options.keepsWriteTime ? {} : { writtenAt: now }) } });
    if (changed === undefined) throw new Fault('internal', 'InternalServerError', 'A file that was held has changed.');
    return changed;
  });
}

async function noteFragments(tx: Tx, fileId: string, start: number): Promise<void> {
  const reach = MANY_EXTENTS * SHORT_BYTES;
  if ((await countExtents(tx, fileId, Math.max(0, start - reach), start + reach, MANY_EXTENTS)) < MANY_EXTENTS) return;
  await enqueueWork(tx, { kind: 'files.compact', payload: { fileId }, correlationId: 'files.compact', dedupeKey: fileId });
}

/** The file becomes this long: cut, or continued with zeros. The caller holds it and has looked at the quota. */
export async function cutContent(tx: Tx, entry: EntryRecord, sizeBytes: number): Promise<void> {
  await punchHole(tx, entry.id, sizeBytes, entry.sizeBytes);
}

export interface FileContent {
  readonly entry: EntryRecord;
  readonly start: number;
  /** Inclusive; one before `start` for an empty file. */
  readonly end: number;
  readonly content: Buffer | Readable;
}

/** The bytes of the file or of a range of it. Throws ResourceNotFound, InvalidRange, and `forbidden` while a key is not to be had. */
export async function readFile(deps: BlobDeps, address: FileAddress, range: { readonly start: number; readonly end?: number } | undefined): Promise<FileContent> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await getEntry(deps, address, 'file');
    const start = range?.start ?? 0;
    if (range !== undefined && start >= entry.sizeBytes) throw outsideOfFile(start, start + 1, entry.sizeBytes);
    const end = Math.min(range?.end ?? Infinity, entry.sizeBytes - 1);
    if (end < start) return { entry, start, end, content: Buffer.alloc(0) };
    const first = await readWindow(deps, address.account, entry, start, end);
    // Undefined: it changed since it was looked at; look again.
    if (first === undefined) continue;
    if (first.length === end - start + 1) return { entry, start, end, content: first };
    return { entry, start, end, content: Readable.from(windows(deps, address.account, entry, first, start, end), { objectMode: false, highWaterMark: WINDOW_BYTES }) };
  }
  throw tooMuchContention(address.path.join('/'));
}

async function* windows(deps: BlobDeps, account: string, entry: EntryRecord, first: Buffer, start: number, end: number): AsyncGenerator<Buffer> {
  yield first;
  for (let at = start + first.length; at <= end; ) {
    const window = await readWindow(deps, account, entry, at, end);
    if (window === undefined) throw new Fault('conflict', 'ConditionNotMet', 'The file was changed while it was read.');
    yield window;
    at += window.length;
  }
}

/** Up to WINDOW_BYTES from `start` on. Undefined when the file is not what it was. */
async function readWindow(deps: BlobDeps, account: string, entry: EntryRecord, start: number, end: number): Promise<Buffer | undefined> {
  const past = Math.min(end + 1, start + WINDOW_BYTES);
  const window = Buffer.alloc(past - start);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await readExtents(deps.database.sql, entry.id, start, past);
    if (found?.etag !== entry.etag) return undefined;
    const pin = deps.bytes.pin(found.extents.filter((extent) => extent.piece.inline === undefined).map((extent) => extent.piece.id));
    try {
      const isWhole = await fill(deps, account, window, start, found.extents);
      if (isWhole) return window;
    } finally {
      pin.release();
    }
  }
  return undefined;
}

/** False when bytes were freed before they could be read: the file has changed or was compacted. */
async function fill(deps: BlobDeps, account: string, window: Buffer, start: number, extents: readonly Extent[]): Promise<boolean> {
  for (const { startAt, endAt, piece, pieceOffset } of extents) {
    const from = Math.max(startAt, start);
    const to = Math.min(endAt, start + window.length);
    const bytes = await readPiece(deps, account, piece, pieceOffset + from - startAt, pieceOffset + to - startAt);
    if (bytes === undefined) return false;
    bytes.copy(window, from - start);
  }
  return true;
}

/** The bytes [from, to) of a piece; undefined when they are gone. */
export async function readPiece(deps: BlobDeps, account: string, piece: Piece, from: number, to: number): Promise<Buffer | undefined> {
  if (piece.inline !== undefined) {
    const whole = piece.keyId === undefined ? piece.inline : openInline(await keyOf(deps, piece.keyId), piece.inline, account);
    return whole.subarray(from, to);
  }
  const stream =
    piece.keyId === undefined
      ? await deps.bytes.read(piece.id, from, to - 1)
      : await readSealed(deps.bytes, await keyOf(deps, piece.keyId), { byteId: piece.id, sizeBytes: piece.sizeBytes }, from, to - 1);
  if (stream === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== to - from) throw new Fault('internal', 'BytesDamaged', `Stored bytes ${piece.id} are shorter than they were.`);
  return bytes;
}

/** The parts of [first, past) that were written and not cleared since, up to `limit`. */
export function listRanges(deps: BlobDeps, entry: EntryRecord, first: number, past: number, limit: number): Promise<readonly ByteSpan[]> {
  return listSpans(deps.database.sql, entry.id, first, Math.min(past, entry.sizeBytes), limit);
}
