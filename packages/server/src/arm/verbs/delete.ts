// DELETE: 200 when it is gone, 202 while it goes, 204 when there was nothing.

import type { Context } from '#kernel/context.ts';
import type { ArmDeps } from '../deps.ts';
import { loadPlace } from '../change/existence.ts';
import { resourceNotFound } from '../faults.ts';
import { operationHeaders } from '../operation.ts';
import { permissionOf } from '../permission.ts';
import { ancestorsOf, scopeOf } from '../address/place.ts';
import { findResource } from '#storage/resource-store.ts';
import type { ItemPlace } from '../registry.ts';
import { requireUnlocked } from '../change/locks.ts';
import { renderResources } from '../render.ts';
import { removeResource } from '../change/remove.ts';
import { queryValue } from '../query/query.ts';
import type { ArmReply, ArmRequest } from '../route.ts';

export async function deleteResource(deps: ArmDeps, ctx: Context, request: ArmRequest, place: ItemPlace, apiVersion: string): Promise<ArmReply> {
  const { type } = place;
  await deps.authorizer.require(ctx, permissionOf(type, 'delete'), scopeOf(place));
  await requireUnlocked(deps.database.sql, 'delete', place);
  if (ancestorsOf(place).some((ancestor) => ancestor.type?.admitChild !== undefined)) (await loadPlace(ctx, deps.database.sql, place)).admit(type);
  const parameter = type.softDelete?.purgeParameter;
  const purge = parameter !== undefined && queryValue(request.query, parameter)?.toLowerCase() === 'true';
  const before = type.answersDeleted === true ? await findResource(deps.database.sql, place.key) : undefined;
  const removed = await removeResource(deps, ctx, { place, query: request.query, ifMatch: request.headers['if-match'], purge });
  if (removed === 'removed') {
    const [body] = before === undefined ? [] : await renderResources(ctx, deps.database.sql, type, [before], apiVersion);
    return { status: 200, headers: {}, ...(body === undefined ? {} : { body }) };
  }
  if (removed === 'absent') {
    if (type.missingDeleteStatus !== 404) return { status: 204, headers: {} };
    (await loadPlace(ctx, deps.database.sql, place)).checkAncestors();
    throw resourceNotFound(place);
  }
  const headers = removed.operation === undefined ? { 'Retry-After': '1' } : operationHeaders(removed.operation, type, request.origin, apiVersion, 'both');
  return { status: 202, headers };
}
