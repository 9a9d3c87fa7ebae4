// GET and HEAD of one resource.

import type { Context } from '#kernel/context.ts';
import type { ArmDeps } from '../deps.ts';
import { loadExisting } from '../change/existence.ts';
import { permissionOf } from '../permission.ts';
import { scopeOf } from '../address/place.ts';
import { matchesEtag, quoteEtag } from '../change/preconditions.ts';
import type { ItemPlace } from '../registry.ts';
import { renderResources } from '../render.ts';
import type { ArmReply, ArmRequest } from '../route.ts';

export async function readResource(deps: ArmDeps, ctx: Context, request: ArmRequest, place: ItemPlace, apiVersion: string): Promise<ArmReply> {
  await deps.authorizer.require(ctx, permissionOf(place.type, 'read'), scopeOf(place));
  const [resource, ahead] = await Promise.all([loadExisting(ctx, deps.database.sql, place, true), request.method === 'HEAD' ? undefined : place.type.readAhead?.(deps.database.sql, [place.key])]);
  const headers = { ETag: quoteEtag(resource.etag) };
  if (request.method === 'HEAD') return { status: 204, headers };
  const expected = request.headers['if-none-match'];
  if (expected !== undefined && matchesEtag(expected, resource.etag)) return { status: 304, headers };
  const [body] = await renderResources(ctx, deps.database.sql, place.type, [resource], apiVersion, ahead);
  return { status: 200, headers, ...(body === undefined ? {} : { body }) };
}
