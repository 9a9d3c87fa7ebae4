// Tables of arm/: one row per resource of any type, long-running operations, the activity log.

import type { ColumnType, Generated } from 'kysely';
import type { Json, JsonObject } from '#kernel/json.ts';

/** Hidden columns of the row, sealed: written by hidden/marks.ts, read by hidden/hiding.ts. */
export type Sealed = ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
type Jsonb<T> = ColumnType<T, string, string>;
type OptionalJsonb<T> = ColumnType<T | null, string | null, string | null>;

export interface ResourcesTable {
  /** Lower-cased ARM id, except names of types whose names are case-sensitive. */
  key: string;
  /** The id with the case its creator used. */
  id: string;
  /** Lower-cased type, `microsoft.machinelearningservices/workspaces/jobs`. */
  type: string;
  name: string;
  /** Key of the enclosing resource; of the resource group, subscription or extension scope for top-level ones. */
  parent_key: string;
  subscription_id: string | null;
  /** Lower-cased. */
  resource_group: string | null;
  location: string | null;
  tags: Jsonb<JsonObject>;
  kind: string | null;
  sku: OptionalJsonb<JsonObject>;
  identity: OptionalJsonb<JsonObject>;
  /** Top-level members beyond the usual ones, such as managedBy. */
  members: Jsonb<JsonObject>;
  properties: Jsonb<JsonObject>;
  /** Write-only properties, sealed by vault/ (JSON inside), or null. */
  secrets: Buffer | null;
  etag: string;
  provisioning_state: string;
  system_data: Jsonb<JsonObject>;
  /** Order of creation; paging and default order. */
  seq: Generated<string>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
  purge_at: Date | null;
  /** Tags and properties under the workspace's key; see hidden/. */
  sealed_content: Sealed;
}

export interface OperationsTable {
  id: string;
  subscription_id: string | null;
  location: string;
  resource_key: string;
  resource_id: string;
  action: string;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  percent_complete: number;
  error: OptionalJsonb<JsonObject>;
  result: OptionalJsonb<JsonObject>;
  principal_id: string;
  started_at: Generated<Date>;
  ended_at: Date | null;
  sealed_end: Sealed;
  /** As the activity log shows it; null of what is older than the column. */
  caller: string | null;
  /** Of an action. */
  input: OptionalJsonb<Json>;
  sealed_input: Sealed;
}

export interface ActivityLogTable {
  id: Generated<string>;
  resource_key: string;
  resource_id: string;
  action: string;
  status: string;
  caller: string;
  caller_id: string;
  correlation_id: string;
  detail: OptionalJsonb<JsonObject>;
  at: Generated<Date>;
  sealed_detail: Sealed;
}

export interface ResourcesTables {
  resources: ResourcesTable;
  operations: OperationsTable;
  activity_log: ActivityLogTable;
}
