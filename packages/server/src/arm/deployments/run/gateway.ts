// Gateway: resources as a client of Resource Manager sees them, asked for in this process with the caller's own rights.

import { type Context } from '#kernel/context.ts';
import { isFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json.ts';
import { encodePath } from '../../address/resource-id.ts';
import type { ArmReply, ArmRequest } from '../../route.ts';
import type { RuntimeCall } from '../language/scope.ts';

export interface ArmHandler {
  handle(ctx: Context, request: ArmRequest): Promise<ArmReply>;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  /** Path and query of the operation that was begun, when there is one. */
  readonly operation: string | undefined;
}

/** Throws the faults that a client would be answered. */
export async function send(arm: ArmHandler, ctx: Context, method: string, id: string, apiVersion: string, body?: Json): Promise<Answer> {
  return sendPath(arm, ctx, method, `${encodePath(id)}?api-version=${encodeURIComponent(apiVersion)}`, body);
}

/** The same for a path with its query, as operation headers carry it. */
export async function sendPath(arm: ArmHandler, ctx: Context, method: string, pathAndQuery: string, body?: Json): Promise<Answer> {
  const [path = '', query = ''] = pathAndQuery.split('?');
  const reply = await arm.handle(ctx, { method, path, query: new URLSearchParams(query), headers: {}, body, origin: '' });
  const parsed: unknown = JSON.parse(JSON.stringify(reply.body ?? {}));
  return { status: reply.status, body: isJsonObject(parsed) ? parsed : {}, operation: reply.headers['Azure-AsyncOperation'] };
}

/** The body, or undefined when there is none at that id. */
export async function find(arm: ArmHandler, ctx: Context, id: string, apiVersion: string): Promise<JsonObject | undefined> {
  try {
    return (await send(arm, ctx, 'GET', id, apiVersion)).body;
  } catch (error) {
    if (isFault(error, 'notFound')) return undefined;
    throw error;
  }
}

/** What `reference` and list functions ask for. */
export async function answerRuntime(arm: ArmHandler, ctx: Context, call: RuntimeCall): Promise<Json> {
  if (call.kind === 'read') return (await send(arm, ctx, 'GET', call.id, call.apiVersion)).body;
  return (await send(arm, ctx, 'POST', `${call.id}/${call.action ?? ''}`, call.apiVersion, call.input)).body;
}
