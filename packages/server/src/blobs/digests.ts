// Digests of content as it passes: MD5, and the CRC-64 of the storage protocol (reflected polynomial
// 0x9A6C9329AC4BC9B5, all ones in and out). Source: Storage REST, x-ms-content-crc64; compared with the SDK's own in the tests.

import { createHash } from 'node:crypto';
import { Fault } from '#kernel/faults.ts';

const POLY_HIGH = 0x9a6c9329;
const POLY_LOW = 0xac4bc9b5;
const TABLES = 8;

/** tables[k][b]: the effect of byte b followed by k zero bytes; halves apart, because numbers hold 32 bits. */
const low = new Uint32Array(256 * TABLES);
const high = new Uint32Array(256 * TABLES);
for (let byte = 0; byte < 256; byte += 1) {
  let l = byte;
  let h = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    const carry = l & 1;
    l = ((l >>> 1) | (h << 31)) >>> 0;
    h >>>= 1;
    if (carry === 1) {
      l = (l ^ POLY_LOW) >>> 0;
      h = (h ^ POLY_HIGH) >>> 0;
    }
  }
  low[byte] = l;
  high[byte] = h;
}
for (let table = 1; table < TABLES; table += 1) {
  for (let byte = 0; byte < 256; byte += 1) {
    const at = (table - 1) * 256 + byte;
    const l = low[at] ?? 0;
    const h = high[at] ?? 0;
    const index = l & 0xff;
    low[table * 256 + byte] = (((l >>> 8) | (h << 24)) ^ (low[index] ?? 0)) >>> 0;
    high[table * 256 + byte] = ((h >>> 8) ^ (high[index] ?? 0)) >>> 0;
  }
}

export class Crc64 {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(chunk: Buffer): void {
    let l = this.#low;
    let h = this.#high;
    let i = 0;
    for (; i + 8 <= chunk.length; i += 8) {
      const a = (chunk.readUInt32LE(i) ^ l) >>> 0;
      const b = (chunk.readUInt32LE(i + 4) ^ h) >>> 0;
      const i0 = 1792 + (a & 0xff);
      const i1 = 1536 + ((a >>> 8) & 0xff);
      const i2 = 1280 + ((a >>> 16) & 0xff);
      const i3 = 1024 + (a >>> 24);
      const i4 = 768 + (b & 0xff);
      const i5 = 512 + ((b >>> 8) & 0xff);
      const i6 = 256 + ((b >>> 16) & 0xff);
      const i7 = b >>> 24;
      l = (low[i0] ?? 0) ^ (low[i1] ?? 0) ^ (low[i2] ?? 0) ^ (low[i3] ?? 0) ^ (low[i4] ?? 0) ^ (low[i5] ?? 0) ^ (low[i6] ?? 0) ^ (low[i7] ?? 0);
      h = (high[i0] ?? 0) ^ (high[i1] ?? 0) ^ (high[i2] ?? 0) ^ (high[i3] ?? 0) ^ (high[i4] ?? 0) ^ (high[i5] ?? 0) ^ (high[i6] ?? 0) ^ (high[i7] ?? 0);
    }
    for (; i < chunk.length; i += 1) {
      const index = (l ^ (chunk[i] ?? 0)) & 0xff;
      l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0);
      h = (h >>> 8) ^ (high[index] ?? 0);
    }
    this.#low = l >>> 0;
    this.#high = h >>> 0;
  }

  /** Base64 of the eight bytes, least significant first. */
  digest(): string {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE((this.#low ^ 0xffffffff) >>> 0, 0);
    bytes.writeUInt32LE((this.#high ^ 0xffffffff) >>> 0, 4);
    return bytes.toString('base64');
  }
}

/** What the caller says the content's digests are. */
export interface ExpectedDigests {
  readonly md5?: string;
  readonly crc64?: string;
}

/** Digests content chunk by chunk and compares at the end. */
export function digestContent(
  expected: ExpectedDigests,
  needsMd5: boolean,
): { onChunk: ((chunk: Buffer) => void) | undefined; finish(): { readonly md5: string | undefined; readonly crc64: string | undefined } } {
  const md5 = needsMd5 || expected.md5 !== undefined ? createHash('md5') : undefined;
  const crc64 = expected.crc64 === undefined ? undefined : new Crc64();
  return {
    onChunk:
      md5 === undefined && crc64 === undefined
        ? undefined
        : (chunk) => {
            md5?.update(chunk);
            crc64?.update(chunk);
          },
    finish() {
      const actual = { md5: md5?.digest('base64'), crc64: crc64?.digest() };
      if (expected.md5 !== undefined && expected.md5 !== actual.md5) {
        throw new Fault('invalid', 'Md5Mismatch', `The MD5 value specified in the request (${expected.md5}) did not match the MD5 value calculated by the server (${actual.md5}).`, {
          target: 'Content-MD5',
        });
      }
      if (expected.crc64 !== undefined && expected.crc64 !== actual.crc64) {
        throw new Fault('invalid', 'Crc64Mismatch', `The CRC64 value specified in the request (${expected.crc64}) did not match the CRC64 value calculated by the server (${actual.crc64}).`, {
          target: 'x-ms-content-crc64',
        });
      }
      return actual;
    },
  };
}
