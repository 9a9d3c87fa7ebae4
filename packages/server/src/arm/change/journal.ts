// Journal: systemData of a write, and its line in the activity log.

import { isoTime } from '#kernel/clock.ts';
import type { Context } from '#kernel/context.ts';
import type { JsonObject } from '#kernel/json.ts';
import type { Principal } from '#kernel/principal.ts';
import { type Activity, insertActivity } from '#storage/activity-store.ts';
import type { Tx } from '#storage/database.ts';
import type { Operation } from '#storage/operation-store.ts';
import type { SystemData } from '#storage/resource-record.ts';

export function systemDataOf(ctx: Context, before: SystemData | undefined): SystemData {
  const by = callerName(ctx.principal);
  const byType = callerType(ctx.principal);
  const at = isoTime(ctx.clock.now());
  return {
    createdBy: before?.createdBy ?? by,
    createdByType: before?.createdByType ?? byType,
    createdAt: before?.createdAt ?? at,
    lastModifiedBy: by,
    lastModifiedByType: byType,
    lastModifiedAt: at,
  };
}

export interface Entry {
  readonly key: string;
  readonly id: string;
  readonly action: string;
  readonly status: 'Succeeded' | 'Accepted' | 'Failed';
  readonly detail?: JsonObject | undefined;
  /** Who began what ends now, in the background. @default the caller */
  readonly by?: Pick<Operation, 'caller' | 'principalId'> | undefined;
}

export async function recordActivity(tx: Tx, ctx: Context, entry: Entry): Promise<void> {
  await insertActivity(tx, activityOf(ctx, entry));
}

export function activityOf(ctx: Context, entry: Entry): Activity {
  return {
    resourceKey: entry.key,
    resourceId: entry.id,
    action: entry.action,
    status: entry.status,
    caller: entry.by?.caller ?? callerName(ctx.principal),
    callerId: entry.by?.caller === undefined ? ctx.principal.objectId : entry.by.principalId,
    correlationId: ctx.correlationId,
    detail: entry.detail,
    at: new Date(ctx.clock.now()),
  };
}

export function callerName(principal: Principal): string {
  return principal.userPrincipalName ?? principal.appId ?? principal.displayName;
}

function callerType(principal: Principal): string {
  if (principal.kind === 'User') return 'User';
  return principal.kind === 'ManagedIdentity' ? 'ManagedIdentity' : 'Application';
}
