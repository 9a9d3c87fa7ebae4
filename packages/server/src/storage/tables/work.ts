// Tables of work/: one row per unit of durable background work.

import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';

export interface WorkItemsTable {
  id: Generated<string>;
  kind: string;
  payload: ColumnType<JsonObject, string, string>;
  state: 'ready' | 'running' | 'done' | 'failed' | 'canceled';
  run_at: Generated<Date>;
  attempts: Generated<number>;
  lease_owner: string | null;
  lease_until: Date | null;
  /** At most one ready or running item per kind and dedupe key. */
  dedupe_key: string | null;
  last_error: string | null;
  correlation_id: string;
  created_at: Generated<Date>;
  finished_at: Date | null;
}

export interface WorkTables {
  work_items: WorkItemsTable;
}
