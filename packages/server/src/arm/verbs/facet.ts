// GET, PUT, PATCH and DELETE of a facet. Its locks, permission and activity are its own; its content is its resource's.

import type { Context } from '#kernel/context.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import type { ItemPlace } from '../registry.ts';
import { scopeOf } from '../address/place.ts';
import { loadExisting } from '../change/existence.ts';
import { recordActivity } from '../change/journal.ts';
import { requireUnlocked } from '../change/locks.ts';
import type { ArmDeps } from '../deps.ts';
import type { Facet, FacetCall } from '../facet.ts';
import { invalidBody, unknownPath } from '../faults.ts';
import { permissionOf } from '../permission.ts';
import type { ArmReply, ArmRequest } from '../route.ts';

export async function answerFacet(deps: ArmDeps, ctx: Context, request: ArmRequest, place: ItemPlace, facet: Facet): Promise<ArmReply> {
  const access = request.method === 'GET' || request.method === 'HEAD' ? 'read' : request.method === 'DELETE' ? 'delete' : 'write';
  const action = permissionOf(place.type, access);
  await deps.authorizer.require(ctx, action, scopeOf(place));
  const { parent } = place;
  if (parent?.type === undefined || !place.type.name.test(place.name)) throw unknownPath(request.path);
  if (access !== 'read') await requireUnlocked(deps.database.sql, access, place);
  const resource = await loadExisting(ctx, deps.database.sql, parent);
  const call = { of: resource, store: deps.store };
  if (access === 'read') return reply(place, facet, call);
  let body: ArmReply = { status: 200, headers: {} };
  if (access === 'delete') await facet.remove(ctx, call);
  else {
    if (!isJsonObject(request.body)) throw invalidBody('a JSON object is expected.');
    body = await reply(place, facet, { ...call, of: await facet.write(ctx, { ...call, body: request.body, isPatch: request.method === 'PATCH' }) });
  }
  await deps.database.transaction((tx) => recordActivity(tx, ctx, { key: place.key, id: place.id, action, status: 'Succeeded' }));
  return body;
}

async function reply(place: ItemPlace, facet: Facet, call: FacetCall): Promise<ArmReply> {
  const properties: JsonObject = await facet.read(call);
  return { status: 200, headers: {}, body: { id: place.id, name: place.name, type: place.type.type, properties } };
}
