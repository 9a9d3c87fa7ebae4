// activity-store: who changed what. Written in the transaction of the change, read by scope, newest first.

import { sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Page } from '#kernel/page.ts';
import type { Sql, Tx } from './database.ts';

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

export async function insertActivity(tx: Tx, activity: Activity): Promise<void> {
  await tx.insertInto('activity_log').values(activityRow(activity)).execute();
}

/** The columns of its row. */
export function activityRow(activity: Activity) {
  return {
    resource_key: activity.resourceKey,
    resource_id: activity.resourceId,
    action: activity.action,
    status: activity.status,
    caller: activity.caller,
    caller_id: activity.callerId,
    correlation_id: activity.correlationId,
    detail: activity.detail === undefined ? null : JSON.stringify(activity.detail),
    at: activity.at,
  };
}

/** What happened to the resource of this key and to everything below it, newest first. */
export async function listActivity(
  db: Sql,
  query: { readonly scopeKey: string; readonly since?: Date; readonly until?: Date; readonly limit: number; readonly after?: string },
): Promise<Page<Activity>> {
  let select = db
    .selectFrom('activity_log')
    .selectAll()
    .where(sql<boolean>`(resource_key = ${query.scopeKey} or (resource_key > ${`${query.scopeKey}/`} and resource_key < ${`${query.scopeKey}0`}))`)
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (query.since !== undefined) select = select.where('at', '>=', query.since);
  if (query.until !== undefined) select = select.where('at', '<=', query.until);
  if (query.after !== undefined) {
    const id = String(decodeCursor(query.after, 1)[0]);
    if (!/^\d{1,18}$/.test(id)) throw invalidCursor();
    select = select.where(sql<boolean>`id < ${id}::bigint`);
  }
  const rows = await select.execute();
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const items = page.map((row) => ({
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
