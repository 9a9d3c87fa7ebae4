// Tables of blobs/shares: file shares, what is in them, and where the bytes of files lie.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';

type Jsonb<T> = ColumnType<T, string | undefined, string>;

export interface FileSharesTable {
  id: Generated<string>;
  account: string;
  name: string;
  etag: string;
  metadata: Jsonb<Readonly<Record<string, string>>>;
  quota_gib: number;
  access_tier: string;
  created_at: Generated<Date>;
  modified_at: Generated<Date>;
  /** Set: gone for every caller; what is in it is being removed by work. */
  deleted_at: Date | null;
}

export interface FileEntriesTable {
  id: Generated<string>;
  share_id: string;
  parent_id: string | null;
  name: string;
  name_key: string;
  kind: 'file' | 'directory';
  size_bytes: Generated<string>;
  etag: string;
  headers: Jsonb<JsonObject>;
  content_md5: string | null;
  metadata: Jsonb<Readonly<Record<string, string>>>;
  smb: Jsonb<JsonObject>;
  copy: Jsonb<JsonObject | null>;
  created_at: Generated<Date>;
  modified_at: Generated<Date>;
}

export interface FilePiecesTable {
  id: string;
  size_bytes: string;
  inline_bytes: Buffer | null;
  key_id: string | null;
  created_at: Generated<Date>;
}

export interface FileExtentsTable {
  file_id: string;
  start_at: string;
  end_at: string;
  piece_id: string;
  piece_offset: string;
}

export interface FileShareUsageTable {
  share_id: string;
  slot: number;
  size_bytes: string;
}

export interface FilesTables {
  file_shares: FileSharesTable;
  file_entries: FileEntriesTable;
  file_pieces: FilePiecesTable;
  file_extents: FileExtentsTable;
  file_share_usage: FileShareUsageTable;
}
