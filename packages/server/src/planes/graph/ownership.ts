// Ownership: who owns an object manages it without a right to the whole directory: its properties, credentials, members and
// owners, and its end. Source: Entra, "Default user permissions: owned objects".

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import { isOwner } from '#storage/directory-store.ts';
import type { GraphDeps } from './ports.ts';

/** Throws `forbidden` unless the caller has the right, or owns the object. A job acts for somebody, and owns nothing. */
export async function requireOwnership(deps: GraphDeps, ctx: Context, action: string, objectId: string): Promise<void> {
  if (await deps.access.can(ctx, action)) return;
  const { principal } = ctx;
  if (principal.jobKey === undefined && (await isOwner(deps.database.sql, objectId.toLowerCase(), principal.objectId))) return;
  throw new Fault(
    'forbidden',
    'Authorization_RequestDenied',
    `Insufficient privileges to complete the operation: it takes ${action} at '/', which Owner there has, or to be an owner of '${objectId.slice(0, 60)}'.`,
  );
}
