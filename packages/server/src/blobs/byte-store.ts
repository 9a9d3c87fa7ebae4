// ByteStore: immutable byte sequences and growing tails, named by random ids only. The database says which ids count;
// a byte sequence without a reference is garbage, whatever the reason.

import type { Readable } from 'node:stream';

export interface StoredBytes {
  /** UUID, made by the store. */
  readonly byteId: string;
  readonly sizeBytes: number;
}

export interface ByteStore {
  /** Writes everything and returns when it is durable (data and directory entry). `onChunk` sees each chunk once, in order. `byteId`: a new random one unless given. */
  write(content: Readable | Buffer, onChunk?: (chunk: Buffer) => void, byteId?: string): Promise<StoredBytes>;
  /** Makes an empty tail for `writeAt`. Durable on return. */
  create(): Promise<string>;
  /** Writes at a position and returns when it is durable. Bytes behind the length that the database knows may be overwritten. */
  writeAt(byteId: string, position: number, content: Buffer): Promise<void>;
  /** Keeps the ids from being removed until `release`. */
  pin(byteIds: readonly string[]): { release(): void };
  /** The bytes [start, end] (inclusive). Undefined when the id is not there (removed meanwhile). */
  read(byteId: string, start: number, end: number): Promise<Readable | undefined>;
  /** Removes what is there. Answers the ids that are pinned and therefore still there. */
  remove(byteIds: readonly string[]): Promise<readonly string[]>;
  /** Ids whose last write is older than `ageMs`, one batch per folder. */
  listOlderThan(ageMs: number): AsyncIterable<readonly string[]>;
}
