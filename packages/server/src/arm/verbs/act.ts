// Actions: at once, or as a long-running operation that durable work carries out.

import type { TSchema } from 'typebox';
import type { Context } from '#kernel/context.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { insertOperation } from '#storage/operation-store.ts';
import { isBusy } from '#storage/resource-record.ts';
import { enqueueWork } from '#storage/work-store.ts';
import type { Action, ActionCall } from '../action.ts';
import type { ArmDeps } from '../deps.ts';
import { loadExisting } from '../change/existence.ts';
import { invalidBody, operationInProgress, validationFailed } from '../faults.ts';
import { recordActivity } from '../change/journal.ts';
import { requireUnlocked } from '../change/locks.ts';
import { newOperation, operationHeaders } from '../operation.ts';
import { actionPermission } from '../permission.ts';
import { type Place, scopeOf } from '../address/place.ts';
import type { AnyResourceType } from '../resource-type.ts';
import type { ArmReply, ArmRequest } from '../route.ts';
import { type BodySchema, compileSchema } from '../body/schema.ts';

export interface ActionTarget {
  readonly type: AnyResourceType;
  readonly name: string;
  readonly action: Action<unknown>;
  /** The resource, or what encloses the collection. */
  readonly on: Place;
}

const schemas = new WeakMap<TSchema, BodySchema>();

export async function runAction(deps: ArmDeps, ctx: Context, request: ArmRequest, target: ActionTarget, apiVersion: string): Promise<ArmReply> {
  const { type, name, action, on } = target;
  const permission = actionPermission(type, name, action.on ?? 'item');
  await deps.authorizer.require(ctx, permission, scopeOf(on));
  // Azure: what is posted counts as a change, also where it only reads: a read-only account tells no keys.
  if (action.method !== 'GET') await requireUnlocked(deps.database.sql, 'write', on);
  const resource = await loadExisting(ctx, deps.database.sql, on, name.toLowerCase().startsWith('list'));
  if (isBusy(resource) && !(action.allowWhileBusy ?? (action.method === 'GET' || name.startsWith('list')))) throw operationInProgress(resource.id, resource.provisioningState);
  const input = readInput(action.input, request.body);
  const call: ActionCall<unknown, Json> = { resource, input, query: request.query, apiVersion, origin: request.origin, database: deps.database, store: deps.store };
  await deps.seals.prepare([resource]);
  await action.check?.(ctx, call);
  if (action.isLongRunning === true) return startAction(deps, ctx, request, target, call, permission);
  const body = await action.run(ctx, call);
  if (action.method !== 'GET') await deps.database.transaction((tx) => recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permission, status: 'Succeeded' }));
  return { status: action.status ?? 200, headers: {}, ...(body === undefined ? {} : { body }) };
}

async function startAction(deps: ArmDeps, ctx: Context, request: ArmRequest, target: ActionTarget, call: ActionCall<unknown, Json>, permission: string): Promise<ArmReply> {
  const { resource } = call;
  const operation = newOperation(ctx, resource, target.name);
  const payload: JsonObject = {
    key: resource.key,
    type: target.type.type,
    action: target.name,
    operationId: operation.id,
    query: call.query.toString(),
    apiVersion: call.apiVersion,
  };
  await deps.database.transaction(async (tx) => {
    await insertOperation(tx, operation, hasMembers(call.input) ? call.input : undefined);
    await target.action.begin?.(tx, ctx, call);
    await enqueueWork(tx, { kind: 'arm.action', payload, correlationId: ctx.correlationId });
    await recordActivity(tx, ctx, { key: resource.key, id: resource.id, action: permission, status: 'Accepted' });
  });
  return { status: 202, headers: operationHeaders(operation, target.type, request.origin, call.apiVersion, 'both') };
}

function hasMembers(input: Json): boolean {
  return typeof input === 'object' && input !== null && Object.keys(input).length > 0;
}

/** What an action or a route takes: checked when there is a schema, else as it came. */
export function readInput(schema: TSchema | undefined, body: unknown): Json {
  const given: Json = body === undefined ? {} : JSON.parse(JSON.stringify(body));
  if (schema === undefined) return given;
  const known = schemas.get(schema) ?? compileSchema({ type: 'object', properties: { body: schema }, required: ['body'] }, 'keep');
  schemas.set(schema, known);
  const { value, details } = known.check({ body: given }, '');
  if (details.length === 0) return value['body'] ?? {};
  if (!isJsonObject(given) && !Array.isArray(given)) throw invalidBody('a JSON object is expected.');
  throw validationFailed(details.map((detail) => ({ ...detail, message: detail.message.replace(/^body\.?/, ''), target: (detail.target ?? '').replace(/^body\.?/, '') })));
}
