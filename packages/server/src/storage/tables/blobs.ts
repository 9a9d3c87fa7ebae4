// Tables of blobs/: containers, blobs, where their bytes lie, staged blocks, bytes to be freed.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';

type Jsonb<T> = ColumnType<T, string, string>;

export interface BlobContainersTable {
  id: Generated<string>;
  account: string;
  name: string;
  etag: string;
  metadata: Jsonb<Readonly<Record<string, string>>>;
  lease: Generated<Jsonb<JsonObject | null>>;
  created_at: Generated<Date>;
  modified_at: Generated<Date>;
  /** Set: gone for every caller; its blobs are being removed by work. */
  deleted_at: Date | null;
}

export interface BlobsTable {
  container_id: string;
  name: string;
  kind: 'BlockBlob' | 'AppendBlob';
  size_bytes: string;
  etag: string;
  headers: Jsonb<JsonObject>;
  content_md5: string | null;
  metadata: Jsonb<Readonly<Record<string, string>>>;
  /** The bytes of a small block blob; null where they lie in parts. */
  inline_bytes: Buffer | null;
  /** The customer-managed key that the inline bytes are sealed with. */
  inline_key_id: string | null;
  /** Names the rows of blob_parts; null for inline and empty blobs. */
  content_id: string | null;
  /** Append blobs: committed blocks. */
  block_count: number;
  copy: Jsonb<JsonObject | null>;
  lease: Jsonb<JsonObject | null>;
  /** The lease that the statement which changes the row was given. */
  presented_lease: string | null;
  created_at: Generated<Date>;
  modified_at: Generated<Date>;
}

export interface BlobPartsTable {
  content_id: string;
  ordinal: number;
  /** Base64 as the client named it; empty for the one part of a Put Blob. */
  block_id: string;
  byte_id: string;
  size_bytes: string;
  /** The tail of an append blob, which may grow. */
  is_open: Generated<boolean>;
  /** The customer-managed key that the bytes are sealed with. */
  key_id: string | null;
}

export interface BlobStagedTable {
  container_id: string;
  name: string;
  block_id: string;
  byte_id: string;
  size_bytes: string;
  staged_at: Generated<Date>;
  key_id: string | null;
}

export interface BlobGarbageTable {
  byte_id: string;
  freed_at: Generated<Date>;
}

export interface BlobsTables {
  blob_containers: BlobContainersTable;
  blobs: BlobsTable;
  blob_parts: BlobPartsTable;
  blob_staged: BlobStagedTable;
  blob_garbage: BlobGarbageTable;
}
