// PUT (create or replace) and PATCH (merge).

import type { Context } from '#kernel/context.ts';
import type { ArmDeps } from '../deps.ts';
import { newOperation, operationHeaders } from '../operation.ts';
import { permissionOf } from '../permission.ts';
import { scopeOf } from '../address/place.ts';
import { preconditionsOf, quoteEtag } from '../change/preconditions.ts';
import type { ItemPlace } from '../registry.ts';
import { renderResources } from '../render.ts';
import type { ArmReply, ArmRequest } from '../route.ts';
import { writeResource } from '../change/write.ts';
import type { ResourceRecord } from '../resource-type.ts';
import { insertEndedOperation, type NewOperation } from '#storage/operation-store.ts';

export async function putResource(deps: ArmDeps, ctx: Context, request: ArmRequest, place: ItemPlace, apiVersion: string): Promise<ArmReply> {
  const { type } = place;
  await deps.authorizer.require(ctx, permissionOf(type, 'write'), scopeOf(place));
  const [{ resource, isCreated, operation: running }, ahead] = await Promise.all([
    writeResource(deps, ctx, { place, body: request.body, isPatch: request.method === 'PATCH', query: request.query, obeysLocks: true, ...preconditionsOf(request.headers) }),
    type.readAhead?.(deps.database.sql, [place.key]),
  ]);
  const operation = running ?? (type.isAlwaysPolled === true ? await recordEnded(deps, ctx, resource) : undefined);
  const [body] = await renderResources(ctx, deps.database.sql, type, [resource], apiVersion, ahead);
  const created = type.createdStatus ?? 201;
  const status = isCreated ? (created === 202 && operation === undefined ? 200 : created) : request.method === 'PATCH' ? 200 : (type.updatedStatus ?? 200);
  return {
    status,
    headers: {
      ETag: quoteEtag(resource.etag),
      ...(operation === undefined ? {} : operationHeaders(operation, type, request.origin, apiVersion, status === 202 ? 'both' : 'status')),
    },
    ...(body === undefined ? {} : { body }),
  };
}

/** The operation of a write that is done already. */
async function recordEnded(deps: ArmDeps, ctx: Context, resource: ResourceRecord): Promise<NewOperation> {
  const operation = newOperation(ctx, resource, 'write');
  await insertEndedOperation(deps.database.sql, operation);
  return operation;
}
