// operation-list-store: long-running operations at and below a resource, newest first.

import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '#kernel/json.ts';
import type { Sql } from './database.ts';
import type { OperationsTable } from './tables/resources.ts';

export interface ListedOperation {
  readonly id: string;
  readonly resourceId: string;
  readonly action: string;
  readonly status: OperationsTable['status'];
  readonly percentComplete: number;
  readonly error: JsonObject | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** What runs, and what ended last, `limit` in all. */
export async function listOperationsWithin(db: Sql, scopeKey: string, limit: number): Promise<readonly ListedOperation[]> {
  const { rows } = await sql<Selectable<OperationsTable>>`
    select * from operations
    where resource_key = ${scopeKey} or (resource_key > ${`${scopeKey}/`} and resource_key < ${`${scopeKey}0`})
    order by (status = 'InProgress') desc, started_at desc limit ${limit}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    resourceId: row.resource_id,
    action: row.action,
    status: row.status,
    percentComplete: row.percent_complete,
    error: row.error,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }));
}
