// activity-store: who changed what. Written in the transaction of the change, read by scope, newest first.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Page } from '#kernel/page.ts';
import type { Sql, Tx } from './database.ts';
import { hideRow } from './hidden/marks.ts';

export interface Activity {
  readonly resourceKey: string;
  readonly resourceId: string;
  /** RBAC action, such as `Microsoft.Storage/storageAccounts/write`. */
  readonly action: string;
  /** `Succeeded`, `Accepted` (a long-running operation began), `Failed`. */
  readonly status: string;
  readonly caller: string;
  readonly callerId: string;
  readonly correlationId: string;
  readonly detail: JsonObject | undefined;
  readonly at: Date;
}

/** A record as it was written. */
export interface RecordedActivity extends Activity {
  /** Order of writing. */
  readonly id: string;
}

export async function insertActivity(tx: Tx, activity: Activity): Promise<void> {
  await tx.insertInto('activity_log').values(activityRow(activity)).execute();
}

/** The columns of its row. */
export function activityRow(activity: Activity) {
  // Why only with a detail: the rest of a line is of the readable kind.
  const hide = hideRow(
    'activity',
    activity.detail === undefined ? '' : activity.resourceKey,
    { detail: activity.detail === undefined ? null : JSON.stringify(activity.detail) },
    { isLostWithKey: true },
  );
  return {
    resource_key: activity.resourceKey,
    resource_id: activity.resourceId,
    action: activity.action,
    status: activity.status,
    caller: activity.caller,
    caller_id: activity.callerId,
    correlation_id: activity.correlationId,
    detail: hide.column<string | null>('detail'),
    sealed_detail: hide.sealed,
    at: activity.at,
  };
}

export interface ActivityQuery {
  /** '' is the tenant: everything. */
  readonly scopeKey: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly correlationId?: string;
  /** Namespace of the action, in any letter case. */
  readonly provider?: string;
  readonly caller?: string;
  readonly status?: string;
  readonly limit: number;
  readonly after?: string;
}

/** What happened to the resource of this key and to everything below it, newest first. */
export async function listActivity(db: Sql, query: ActivityQuery): Promise<Page<RecordedActivity>> {
  let select = db
    .selectFrom('activity_log')
    .selectAll()
    .where(sql<boolean>`(resource_key = ${query.scopeKey} or (resource_key > ${`${query.scopeKey}/`} and resource_key < ${`${query.scopeKey}0`}))`)
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (query.since !== undefined) select = select.where('at', '>=', query.since);
  if (query.until !== undefined) select = select.where('at', '<=', query.until);
  if (query.correlationId !== undefined) select = select.where('correlation_id', '=', query.correlationId);
  if (query.provider !== undefined) select = select.where(sql<boolean>`starts_with(lower(action), ${`${query.provider.toLowerCase()}/`})`);
  if (query.caller !== undefined) select = select.where(sql<boolean>`(lower(caller) = ${query.caller.toLowerCase()} or caller_id = ${query.caller.toLowerCase()})`);
  if (query.status !== undefined) select = select.where(sql<boolean>`lower(status) = ${query.status.toLowerCase()}`);
  if (query.after !== undefined) {
    const id = String(decodeCursor(query.after, 1)[0]);
    if (!/^\d{1,18}$/.test(id)) throw invalidCursor();
    select = select.where(sql<boolean>`id < ${id}::bigint`);
  }
  const rows = await select.execute();
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const items = page.map((row) => ({
    id: row.id,
    resourceKey: row.resource_key,
    resourceId: row.resource_id,
    action: row.action,
    status: row.status,
    caller: row.caller,
    callerId: row.caller_id,
    correlationId: row.correlation_id,
    detail: row.detail ?? undefined,
    at: row.at,
  }));
  return rows.length > query.limit && last !== undefined ? { items, next: encodeCursor([last.id]) } : { items };
}
