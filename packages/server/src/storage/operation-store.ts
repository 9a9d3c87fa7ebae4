// operation-store: the SQL of long-running operations, as clients poll them.

import type { Selectable } from 'kysely';
import type { Json, JsonObject } from '#kernel/json.ts';
import type { Sql, Tx } from './database.ts';
import { isClosed } from './hidden/hiding.ts';
import { hideRow } from './hidden/marks.ts';
import { publishEvent } from './notify.ts';
import type { OperationsTable } from './tables/resources.ts';

export interface NewOperation {
  readonly id: string;
  readonly subscriptionId: string | undefined;
  readonly location: string;
  readonly resourceKey: string;
  readonly resourceId: string;
  /** `write`, `delete`, or the name of an action. */
  readonly action: string;
  readonly principalId: string;
  /** As the activity log shows who began it. */
  readonly caller: string | undefined;
  readonly startedAt: Date;
}

export interface Operation extends NewOperation {
  readonly status: 'InProgress' | 'Succeeded' | 'Failed' | 'Canceled';
  readonly percentComplete: number;
  readonly error: JsonObject | undefined;
  readonly result: JsonObject | undefined;
  readonly endedAt: Date | undefined;
}

/** `input`: what an action was called with. */
export async function insertOperation(tx: Tx, operation: NewOperation, input?: Json): Promise<void> {
  const hide = hideRow('actionInput', input === undefined ? '' : operation.resourceKey, { input: input === undefined ? null : JSON.stringify(input) });
  await tx
    .insertInto('operations')
    .values({ ...rowOf(operation), input: hide.column<string | null>('input'), sealed_input: hide.sealed })
    .execute();
  await publishEvent(tx, { topic: 'operation', key: operation.resourceKey });
}

/** One that succeeded as it began. */
export async function insertEndedOperation(db: Sql, operation: NewOperation): Promise<void> {
  await db
    .insertInto('operations')
    .values({ ...rowOf(operation), status: 'Succeeded', percent_complete: 100, ended_at: operation.startedAt })
    .execute();
}

function rowOf(operation: NewOperation) {
  return {
    id: operation.id,
    subscription_id: operation.subscriptionId ?? null,
    location: operation.location,
    resource_key: operation.resourceKey,
    resource_id: operation.resourceId,
    action: operation.action,
    status: 'InProgress' as const,
    percent_complete: 0,
    error: null,
    result: null,
    principal_id: operation.principalId,
    caller: operation.caller ?? null,
    started_at: operation.startedAt,
    ended_at: null,
  };
}

/** What the action was called with. Throws where it is sealed and the key is not to be had. */
export async function findActionInput(db: Sql, id: string): Promise<Json> {
  const row = await db.selectFrom('operations').select(['input', 'sealed_input']).where('id', '=', id).executeTakeFirst();
  return row?.input ?? {};
}

export async function findOperation(db: Sql, id: string): Promise<Operation | undefined> {
  const row = await db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toOperation(row);
}

/** The newest operation on the resource that has not ended. */
export async function findRunningOperation(db: Sql, resourceKey: string): Promise<Operation | undefined> {
  const row = await db.selectFrom('operations').selectAll().where('resource_key', '=', resourceKey).where('status', '=', 'InProgress').orderBy('started_at', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? undefined : toOperation(row);
}

export async function setOperationProgress(db: Sql, id: string, percentComplete: number): Promise<void> {
  const of = await db
    .updateTable('operations')
    .set({ percent_complete: percentComplete })
    .where('id', '=', id)
    .where('status', '=', 'InProgress')
    .where('percent_complete', '<>', percentComplete)
    .returning('resource_key')
    .executeTakeFirst();
  if (of !== undefined) await publishEvent(db, { topic: 'operation', key: of.resource_key });
}

/** Ends the operation; an ended one stays as it ended. */
export async function endOperation(
  tx: Tx,
  id: string,
  end: { readonly status: 'Succeeded' | 'Failed' | 'Canceled'; readonly error?: JsonObject; readonly result?: object | undefined; readonly at: Date },
): Promise<void> {
  const of = await tx.selectFrom('operations').select('resource_key').where('id', '=', id).executeTakeFirst();
  const hasContent = end.error !== undefined || end.result !== undefined;
  const hide = hideRow(
    'operation',
    hasContent ? (of?.resource_key ?? '') : '',
    {
      error: end.error === undefined ? null : JSON.stringify(end.error),
      result: end.result === undefined ? null : JSON.stringify(end.result),
    },
    { isLostWithKey: true },
  );
  await tx
    .updateTable('operations')
    .set({
      status: end.status,
      percent_complete: 100,
      error: hide.column<string | null>('error'),
      result: hide.column<string | null>('result'),
      sealed_end: hide.sealed,
      ended_at: end.at,
    })
    .where('id', '=', id)
    .where('status', '=', 'InProgress')
    .execute();
  if (of !== undefined) await publishEvent(tx, { topic: 'operation', key: of.resource_key });
}

function toOperation(row: Selectable<OperationsTable>): Operation {
  const open = {
    id: row.id,
    subscriptionId: row.subscription_id ?? undefined,
    location: row.location,
    resourceKey: row.resource_key,
    resourceId: row.resource_id,
    action: row.action,
    principalId: row.principal_id,
    caller: row.caller ?? undefined,
    startedAt: row.started_at,
    status: row.status,
    percentComplete: row.percent_complete,
    endedAt: row.ended_at ?? undefined,
  };
  if (!isClosed(row)) return { ...open, error: row.error ?? undefined, result: row.result ?? undefined };
  return {
    ...open,
    get error() {
      return row.error ?? undefined;
    },
    get result() {
      return row.result ?? undefined;
    },
  };
}
