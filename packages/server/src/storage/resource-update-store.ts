// resource-update-store: updates of single resources that nothing else belongs to. Those that come together are one
// statement, and wait for the disk once.
//
//   shared statement (rows that others hold are left out) > not written? > a statement of its own, which waits > no row: race lost

import { sql } from 'kysely';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { type Activity, activityRow } from './activity-store.ts';
import type { Sql } from './database.ts';
import { markedList } from './hidden/marks.ts';
import type { ResourceContent, ResourceRecord } from './resource-record.ts';
import { cellsOf, type ResourceWrite } from './resource-store.ts';
import { SharedWrites } from './shared-writes.ts';

export interface LoneUpdate {
  readonly content: ResourceContent;
  /** What it is compared with. */
  readonly current: ResourceRecord;
  readonly write: ResourceWrite;
  /** Its line of the activity log. */
  readonly activity: Activity;
}

/** Compare-and-set with its line of the activity log; committed when it resolves. Undefined when the resource is gone or its etag is another. */
export async function updateResourceAlone(db: Sql, update: LoneUpdate): Promise<ResourceRecord | undefined> {
  const row = rowOf(update);
  // Why caught: one of many may be at fault; alone it fails by itself.
  const isWritten =
    (await writesOf(db)
      .write(row)
      .catch(() => false)) || (await writeRows(db, [row], 'wait')).has(row.key);
  return isWritten ? recordOf(update) : undefined;
}

const sharedWrites = new WeakMap<Sql, SharedWrites<Row>>();

function writesOf(db: Sql): SharedWrites<Row> {
  const writes = sharedWrites.get(db) ?? new SharedWrites<Row>((rows) => writeRows(db, rows, 'skip'));
  sharedWrites.set(db, writes);
  return writes;
}

type Row = ReturnType<typeof rowOf>;

function rowOf({ content, current, write, activity }: LoneUpdate) {
  return { key: content.key, expected: current.etag, ...cellsOf(content, write), line: activityRow(activity) };
}

async function writeRows(db: Sql, rows: readonly Row[], heldByOthers: 'skip' | 'wait'): Promise<ReadonlySet<string>> {
  const each = (column: (row: Row) => unknown) => markedList(rows.map(column));
  const { rows: written } = await sql<{ key: string }>`
    with asked as (
      select * from unnest(
        ${each((row) => row.key)}::text[], ${each((row) => row.expected)}::text[], ${each((row) => row.location)}::text[], ${each((row) => row.tags)}::jsonb[], ${each((row) => row.kind)}::text[],
        ${each((row) => row.sku)}::jsonb[], ${each((row) => row.identity)}::jsonb[], ${each((row) => row.members)}::jsonb[], ${each((row) => row.properties)}::jsonb[],
        ${each((row) => row.secrets)}::bytea[], ${each((row) => row.sealed_content)}::bytea[], ${each((row) => row.etag)}::text[], ${each((row) => row.provisioning_state)}::text[], ${each((row) => row.system_data)}::jsonb[],
        ${each((row) => row.updated_at)}::timestamptz[], ${each(({ line }) => line.resource_id)}::text[], ${each(({ line }) => line.action)}::text[], ${each(({ line }) => line.status)}::text[],
        ${each(({ line }) => line.caller)}::text[], ${each(({ line }) => line.caller_id)}::text[], ${each(({ line }) => line.correlation_id)}::text[], ${each(({ line }) => line.at)}::timestamptz[]
      ) as row (key, expected, location, tags, kind, sku, identity, members, properties, secrets, sealed_content, etag, provisioning_state, system_data, updated_at,
        resource_id, action, status, caller, caller_id, correlation_id, at)),
    held as (
      select resources.key from resources join asked on asked.key = resources.key and asked.expected = resources.etag
      for update of resources ${heldByOthers === 'skip' ? sql`skip locked` : sql``}),
    written as (
      update resources set location = asked.location, tags = asked.tags, kind = asked.kind, sku = asked.sku, identity = asked.identity, members = asked.members,
        properties = asked.properties, secrets = asked.secrets, sealed_content = asked.sealed_content, etag = asked.etag, provisioning_state = asked.provisioning_state, system_data = asked.system_data,
        updated_at = asked.updated_at, deleted_at = null, purge_at = null
      from held join asked on asked.key = held.key where resources.key = held.key returning resources.key),
    logged as (
      insert into activity_log (resource_key, resource_id, action, status, caller, caller_id, correlation_id, at)
      select asked.key, asked.resource_id, asked.action, asked.status, asked.caller, asked.caller_id, asked.correlation_id, asked.at from written join asked on asked.key = written.key)
    select key, pg_notify('lazurite_events', json_build_object('topic', 'resource', 'key', key)::text) from written`.execute(db);
  return new Set(written.map((row) => row.key));
}

/** Nothing is read back that is known already. */
function recordOf({ content, current, write }: LoneUpdate): ResourceRecord {
  return {
    ...current,
    ...content,
    // As they were stored: without members that are undefined.
    members: asStored(content.members),
    properties: asStored(content.properties),
    etag: write.etag,
    provisioningState: write.provisioningState,
    systemData: write.systemData,
    sealed: write.sealed,
    updatedAt: write.at,
    deletedAt: undefined,
    purgeAt: undefined,
  };
}

function asStored(content: JsonObject): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(content));
  return isJsonObject(value) ? value : {};
}
