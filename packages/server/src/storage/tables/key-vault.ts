// Tables of vault/: data keys, secrets and keys with their versions, and the record of who used them.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';

type Jsonb<T> = ColumnType<T, string, string>;

export interface VaultStoresTable {
  /** ARM resource key of the vault. */
  vault_key: string;
  /** Data key of this vault, sealed with the master key. */
  data_key: Buffer;
  contacts: Jsonb<readonly JsonObject[]> | null;
  created_at: Generated<Date>;
}

export interface VaultObjectsTable {
  id: Generated<string>;
  vault_key: string;
  kind: 'secret' | 'key' | 'certificate';
  /** As its creator wrote it. */
  name: string;
  /** Lower-cased: what identifies it. */
  name_key: string;
  rotation_policy: ColumnType<JsonObject | null, string | null, string | null>;
  created_at: Date;
  deleted_at: Date | null;
  purge_at: Date | null;
  /** Of a certificate. */
  policy: ColumnType<JsonObject | null, string | null | undefined, string | null>;
  pending: ColumnType<JsonObject | null, string | null | undefined, string | null>;
  pending_sealed: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

export interface VaultIssuersTable {
  vault_key: string;
  name_key: string;
  name: string;
  body: Jsonb<JsonObject>;
  /** The password of the account, under the data key of the vault. */
  sealed: Buffer | null;
  created_at: Date;
  updated_at: Date;
}

export interface VaultVersionsTable {
  object_id: string;
  version: string;
  /** The highest one is the current version. */
  seq: Generated<string>;
  is_enabled: boolean;
  not_before: Date | null;
  expires_at: Date | null;
  content_type: string | null;
  tags: Jsonb<Readonly<Record<string, string>>>;
  /** Of a key: type, permitted operations, public half. */
  details: Jsonb<JsonObject>;
  /** The secret value, or the private half, under the data key of the vault. */
  sealed: Buffer;
  created_at: Date;
  updated_at: Date;
}

export interface VaultAuditTable {
  id: Generated<string>;
  at: Date;
  vault_key: string;
  operation: string;
  /** `secrets/{name}/{version}`; '' for the vault itself. */
  target: string;
  status: number;
  principal_id: string;
  principal_name: string;
  app_id: string | null;
  remote_address: string;
  correlation_id: string;
}

export interface CustomerKeysTable {
  id: string;
  owner_key: string | null;
  vault_id: string;
  key_name: string;
  pinned_version: string | null;
  wrapped_version: string | null;
  wrapped: Buffer | null;
  principal_id: string;
  must_be_permitted: boolean;
  released: Buffer | null;
  created_at: Generated<Date>;
  wrapped_at: Generated<Date>;
}

export interface CustomerKeyUsesTable {
  /** `account:{name}` or `scope:{resource key}`. */
  subject: string;
  key_id: string;
}

export interface KeyVaultTables {
  customer_keys: CustomerKeysTable;
  customer_key_uses: CustomerKeyUsesTable;
  vault_stores: VaultStoresTable;
  vault_objects: VaultObjectsTable;
  vault_versions: VaultVersionsTable;
  vault_audit: VaultAuditTable;
  vault_issuers: VaultIssuersTable;
}
