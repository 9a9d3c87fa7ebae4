// BlobService: what the rest of the server does with blobs, below any protocol. Metadata in PostgreSQL, bytes behind
// the byte-store port. An acknowledged write is on disk (fsync) and in the database.

import type { Readable } from 'node:stream';

export interface BlobProperties {
  readonly name: string;
  readonly kind: 'BlockBlob' | 'AppendBlob';
  readonly sizeBytes: number;
  readonly etag: string;
  readonly contentType: string;
  /** MD5 of the content, base64, where it is known. */
  readonly contentMd5?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface BlobAddress {
  /** Storage account name, lower-case. */
  readonly account: string;
  readonly container: string;
  /** Blob name: no leading slash; may contain slashes. */
  readonly name: string;
}

export interface BlobListing {
  readonly blobs: readonly BlobProperties[];
  /** Common prefixes up to and including the delimiter. */
  readonly prefixes: readonly string[];
  readonly next?: string;
}

/** Whole files by name: what containers and file shares have in common. */
export type ContentService = Pick<BlobService, 'putBlob' | 'findBlob' | 'readBlob' | 'listBlobs' | 'deleteBlob'>;

export interface BlobService {
  /** Idempotent. */
  ensureContainer(account: string, container: string): Promise<void>;
  /** Replaces the blob at once, or not at all. Makes the container if it is missing. */
  putBlob(address: BlobAddress, content: Readable | Buffer, options?: { readonly contentType?: string; readonly metadata?: Readonly<Record<string, string>> }): Promise<BlobProperties>;
  /**
   * Appends to an append blob, making blob and container when missing. With `position`, bytes before the current end are
   * skipped (a repeated append adds nothing) and a gap throws `conflict`/`AppendPositionConditionNotMet`. Returns the new length.
   */
  appendBlob(address: BlobAddress, content: Buffer, position?: number): Promise<number>;
  findBlob(address: BlobAddress): Promise<BlobProperties | undefined>;
  /** Streams the bytes [start, end] (inclusive). Throws `notFound`/`BlobNotFound`, `rangeNotSatisfiable`/`InvalidRange`. */
  readBlob(address: BlobAddress, range?: { readonly start: number; readonly end?: number }): Promise<{ readonly properties: BlobProperties; readonly stream: Readable }>;
  /** In byte order of the names; nothing for a missing container. `after` takes the `next` of the page before. */
  listBlobs(account: string, container: string, options: { readonly prefix?: string; readonly delimiter?: string; readonly after?: string; readonly limit: number }): Promise<BlobListing>;
  /** Idempotent; true when there was one. */
  deleteBlob(address: BlobAddress): Promise<boolean>;
  /** Removes every blob under the prefix and frees the bytes. */
  deletePrefix(account: string, container: string, prefix: string): Promise<void>;
  /** Removes everything of the account and frees the bytes. */
  deleteAccount(account: string): Promise<void>;
}
