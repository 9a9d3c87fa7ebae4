// SealedBytes: content under a customer-managed key. A file is a row of chunks, each AES-256-GCM, so that a range is read
// without the rest. Each file has a key of its own, derived from the data key and the file's random name; a file is
// written once, so the number of a chunk is nonce enough, and no chunk or file can stand in the place of another.
//
//   chunk n: up to 64 KiB of ciphertext, tag (16)      nonce: n      associated data: none; the length is in the database

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Fault } from '#kernel/faults.ts';
import type { ByteStore, StoredBytes } from './byte-store.ts';
import type { ContentKey } from './ports.ts';

const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Given to the byte store at once: small writes cost more than the cipher. */
const BATCH_CHUNKS = 8;

function fileKey(key: ContentKey, byteId: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.bytes, Buffer.from(byteId.replaceAll('-', ''), 'hex'), 'lazurite/blob-file', 32));
}

function nonceOf(chunk: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(chunk), NONCE_BYTES - 8);
  return nonce;
}

function sealChunk(key: Buffer, chunk: number, bytes: Buffer): readonly Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(chunk));
  return [cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
}

function openChunk(key: Buffer, chunk: number, sealed: Buffer): Buffer {
  if (sealed.length < TAG_BYTES) throw damaged();
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(chunk), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
  return bytes;
}

function damaged(): Fault {
  return new Fault('internal', 'BytesDamaged', 'Stored bytes were changed or cut: they do not match their seal.');
}

/** Whole blocks of `size`, the last one what is left. */
async function* inBlocks(content: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    held.push(piece);
    length += piece.length;
    if (length < size) continue;
    const bytes = Buffer.concat(held, length);
    const whole = length - (length % size);
    for (let at = 0; at < whole; at += size) yield bytes.subarray(at, at + size);
    held = [bytes.subarray(whole)];
    length -= whole;
  }
  if (length > 0) yield Buffer.concat(held, length);
}

async function* buffersOf(content: Readable | Buffer): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) yield content;
  else for await (const piece of content) yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
}

/** As `ByteStore.write`, sealed; `onChunk` sees the content as it came, and its length is what is answered. */
export async function writeSealed(store: ByteStore, key: ContentKey, content: Readable | Buffer, onChunk?: (chunk: Buffer) => void): Promise<StoredBytes> {
  const byteId = randomUUID();
  const ownKey = fileKey(key, byteId);
  let sizeBytes = 0;
  async function* observed(): AsyncGenerator<Buffer> {
    for await (const piece of buffersOf(content)) {
      onChunk?.(piece);
      sizeBytes += piece.length;
      yield piece;
    }
  }
  async function* sealed(): AsyncGenerator<Buffer> {
    let chunk = 0;
    let batch: Buffer[] = [];
    for await (const block of inBlocks(observed(), CHUNK_BYTES)) {
      batch.push(...sealChunk(ownKey, chunk, block));
      chunk += 1;
      if (chunk % BATCH_CHUNKS !== 0) continue;
      yield Buffer.concat(batch);
      batch = [];
    }
    if (batch.length > 0) yield Buffer.concat(batch);
  }
  await store.write(Readable.from(sealed(), { objectMode: false }), undefined, byteId);
  return { byteId, sizeBytes };
}

/** The bytes [start, end] (inclusive) of sealed content of `sizeBytes`. Undefined when the id is not there. */
export async function readSealed(store: ByteStore, key: ContentKey, part: { readonly byteId: string; readonly sizeBytes: number }, start: number, end: number): Promise<Readable | undefined> {
  if (end < start) return Readable.from([]);
  const first = Math.floor(start / CHUNK_BYTES);
  const last = Math.floor(end / CHUNK_BYTES);
  const stride = CHUNK_BYTES + TAG_BYTES;
  const lastLength = Math.min(CHUNK_BYTES, part.sizeBytes - last * CHUNK_BYTES) + TAG_BYTES;
  const stream = await store.read(part.byteId, first * stride, last * stride + lastLength - 1);
  if (stream === undefined) return undefined;
  const ownKey = fileKey(key, part.byteId);
  async function* opened(): AsyncGenerator<Buffer> {
    let chunk = first;
    for await (const sealed of inBlocks(buffersOf(stream ?? Buffer.alloc(0)), stride)) {
      const bytes = openChunk(ownKey, chunk, sealed);
      const from = chunk === first ? start - first * CHUNK_BYTES : 0;
      const to = chunk === last ? end - last * CHUNK_BYTES + 1 : bytes.length;
      chunk += 1;
      yield bytes.subarray(from, to);
    }
    // Why: a file that was cut at the border of a chunk has no seal that fails.
    if (chunk !== last + 1) throw damaged();
  }
  return Readable.from(opened(), { objectMode: false, highWaterMark: 512 * 1024 });
}

/** Content that lies in its row: nonce, ciphertext, tag. `account` binds it: copies within an account share it. */
export function sealInline(key: ContentKey, bytes: Buffer, account: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', inlineKey(key), nonce);
  cipher.setAAD(Buffer.from(account, 'utf8'));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

export function openInline(key: ContentKey, sealed: Buffer, account: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', inlineKey(key), sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(account, 'utf8'));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const bytes = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
  return bytes;
}

function inlineKey(key: ContentKey): Buffer {
  return Buffer.from(hkdfSync('sha256', key.bytes, Buffer.alloc(0), 'lazurite/blob-inline', 32));
}
