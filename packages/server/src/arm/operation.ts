// Long-running operations as clients see them: the headers of the answer that starts one, its status document, its result.
// Source: contracts/azureml-rest.md §1 (Long-running operations); contracts/terraform-azurerm.md §3 (which poller follows what).

import { randomUUID } from 'node:crypto';
import type { Context } from '#kernel/context.ts';
import { Fault, type FaultKind } from '#kernel/faults.ts';
import type { JsonObject } from '#kernel/json.ts';
import { findOperation, type NewOperation, type Operation } from '#storage/operation-store.ts';
import { findResource } from '#storage/resource-store.ts';
import type { ArmDeps } from './deps.ts';
import { callerName } from './change/journal.ts';
import { permissionOf } from './permission.ts';
import { faultBody } from './render-fault.ts';
import type { AnyResourceType, ResourceRecord } from './resource-type.ts';
import type { ArmReply, ArmRequest } from './route.ts';

const RETRY_AFTER = { 'Retry-After': '1' };

export function newOperation(ctx: Context, resource: Pick<ResourceRecord<unknown>, 'id' | 'key' | 'subscriptionId' | 'location'>, action: string): NewOperation {
  return {
    id: randomUUID(),
    subscriptionId: resource.subscriptionId,
    location: resource.location ?? 'global',
    resourceKey: resource.key,
    resourceId: resource.id,
    action,
    principalId: ctx.principal.objectId,
    caller: callerName(ctx.principal),
    startedAt: new Date(ctx.clock.now()),
  };
}

/** Headers of a 201 or 202. `Location` leads to the final answer, `Azure-AsyncOperation` to the status document. */
export function operationHeaders(operation: NewOperation, type: AnyResourceType, origin: string, apiVersion: string, which: 'status' | 'both'): Readonly<Record<string, string>> {
  const scope = operation.subscriptionId === undefined ? '' : `/subscriptions/${operation.subscriptionId}`;
  const segments = type.operationSegments ?? { status: 'operationStatuses', result: 'operationResults' };
  const at = (segment: string) => `${origin}${scope}/providers/${type.type.split('/')[0]}/locations/${operation.location}/${segment}/${operation.id}?api-version=${encodeURIComponent(apiVersion)}`;
  return { 'Azure-AsyncOperation': at(segments.status), ...(which === 'both' ? { Location: at(segments.result) } : {}), ...RETRY_AFTER };
}

/** Answers a poll. Who started the operation may ask, and who may read the resource; for others there is none. */
export async function pollOperation(deps: ArmDeps, ctx: Context, request: ArmRequest, apiVersion: string, answers: 'status' | 'result', operationId: string): Promise<ArmReply> {
  const operation = await findOperation(deps.database.sql, operationId);
  if (operation === undefined || !(await maySee(deps, ctx, operation))) {
    throw new Fault('notFound', 'OperationNotFound', `There is no operation '${operationId.slice(0, 100)}'.`, { target: operationId.slice(0, 100) });
  }
  return answers === 'status' ? statusReply(operation, request) : resultReply(deps, ctx, operation, request, apiVersion);
}

async function maySee(deps: ArmDeps, ctx: Context, operation: Operation): Promise<boolean> {
  if (operation.principalId === ctx.principal.objectId) return true;
  const { type } = deps.registry.placeOf(operation.resourceId);
  return deps.authorizer.require(ctx, permissionOf(type, 'read'), operation.resourceId).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Fault && error.kind === 'forbidden') return false;
      throw error;
    },
  );
}

function statusReply(operation: Operation, request: ArmRequest): ArmReply {
  const body: JsonObject = {
    id: decodeURIComponent(request.path),
    name: operation.id,
    resourceId: operation.resourceId,
    status: operation.status,
    percentComplete: operation.percentComplete,
    startTime: operation.startedAt.toISOString(),
    ...(operation.endedAt === undefined ? {} : { endTime: operation.endedAt.toISOString() }),
    ...(operation.result === undefined ? {} : { properties: operation.result }),
    ...(operation.error === undefined ? {} : { error: publicError(operation.error) }),
  };
  return { status: 200, headers: operation.status === 'InProgress' ? RETRY_AFTER : {}, body };
}

async function resultReply(deps: ArmDeps, ctx: Context, operation: Operation, request: ArmRequest, apiVersion: string): Promise<ArmReply> {
  if (operation.status === 'InProgress') {
    return { status: 202, headers: { Location: `${request.origin}${request.path}?${request.query.toString()}`, ...RETRY_AFTER } };
  }
  if (operation.status !== 'Succeeded') {
    const error = operation.error ?? { code: 'OperationCanceled', message: 'The operation was canceled.' };
    return { status: typeof error['status'] === 'number' ? error['status'] : 409, headers: {}, body: { error: publicError(error) } };
  }
  if (operation.action === 'delete') return { status: 204, headers: {} };
  if (operation.action !== 'write') return operation.result === undefined ? { status: 200, headers: {} } : { status: 200, headers: {}, body: operation.result };
  const resource = await findResource(deps.database.sql, operation.resourceKey);
  if (resource === undefined) return { status: 204, headers: {} };
  const [body] = await deps.store.render(ctx, [resource], apiVersion);
  return { status: 200, headers: {}, ...(body === undefined ? {} : { body }) };
}

/** A fault as it is stored with an operation. */
export function storedError(fault: Fault): JsonObject {
  const { error } = faultBody(fault);
  return { ...JSON.parse(JSON.stringify(error)), status: fault.status };
}

function publicError(error: JsonObject): JsonObject {
  const { status: _status, ...rest } = error;
  return rest;
}

const CALLERS_FAULTS: ReadonlySet<FaultKind> = new Set([
  'invalid',
  'forbidden',
  'notFound',
  'conflict',
  'gone',
  'precondition',
  'tooLarge',
  'unsupportedMedia',
  'notImplemented',
  'methodNotAllowed',
  'rangeNotSatisfiable',
]);

/** Whether trying again cannot help: the fault lies in what was asked for. */
export function isFinal(error: unknown): error is Fault {
  return error instanceof Fault && CALLERS_FAULTS.has(error.kind);
}
