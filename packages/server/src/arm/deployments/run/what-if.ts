// What-if: what a deployment would do, without doing it. Nested deployments are opened; what cannot be known yet stays an
// expression. Source: schemas/types/2025-04-01/Microsoft.Resources.deployments.types.json (WhatIfOperationResult).

import type { Context } from '#kernel/context.ts';
import { isFault } from '#kernel/faults.ts';
import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { memberRules } from '../../body/envelope-members.ts';
import { selectPointers, setPointer } from '../../body/pointers.ts';
import type { AnyResourceType } from '../../resource-type.ts';
import type { Resources } from '../../resources.ts';
import { faultBody } from '../../render-fault.ts';
import { invalidDeployment } from '../language/faults.ts';
import { groupOf } from '../language/resource-ids.ts';
import type { Scope } from '../language/scope.ts';
import { evaluateValue } from '../template/evaluate-value.ts';
import { concealer, HIDDEN } from '../template/secure-values.ts';
import { scopeInside } from '../template/plan.ts';
import { DEPLOYMENT_TYPE, type PlannedResource } from '../template/planned-resource.ts';
import { resourceBody } from '../template/resource-body.ts';
import { acceptDeployment, type AcceptDeps, type Accepted, type DeploymentRequest } from './accept.ts';
import { listGroup, notInPlan } from './complete-mode.ts';
import { answerRuntime, find } from './gateway.ts';
import { evaluateLate } from './late.ts';
import { type PropertyChange, propertyChanges } from './property-changes.ts';
import { MAX_DEPTH, nestedRequest } from './nested.ts';
import { partialBody } from './partial-body.ts';
import { preflight } from './preflight.ts';
import { runtimeScope } from './source.ts';

interface Change {
  readonly resourceId: string;
  readonly changeType: 'Create' | 'Delete' | 'Ignore' | 'Deploy' | 'NoChange' | 'Modify' | 'Unsupported';
  readonly unsupportedReason?: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly delta?: readonly PropertyChange[];
}

/** Fails, with the reasons, where the deployment would be refused. */
export async function whatIf(deps: AcceptDeps, ctx: Context, store: Resources, request: DeploymentRequest): Promise<JsonObject> {
  const accepted = await acceptDeployment(deps, ctx, request);
  const refusals = await preflight(deps, ctx, store, request, accepted);
  if (refusals.length > 0) return { status: 'Failed', ...written(faultBody(invalidDeployment(refusals))) };
  const changes = [...(await changesOf(deps, ctx, accepted, 0)), ...(await others(deps, ctx, accepted, request.scopeId))];
  const format = stringAt(objectAt(request.properties, 'whatIfSettings'), 'resultFormat');
  const isShort = format?.toLowerCase() === 'resourceidonly';
  const shown = changes.map(({ before, after, delta, ...change }) =>
    isShort ? change : { ...change, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), ...(delta === undefined ? {} : { delta }) },
  );
  return written({ status: 'Succeeded', properties: { correlationId: ctx.correlationId, changes: shown } });
}

function written(value: object): JsonObject {
  const result: JsonObject = JSON.parse(JSON.stringify(value));
  return result;
}

async function changesOf(deps: AcceptDeps, ctx: Context, accepted: Accepted, depth: number): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const member of accepted.plan.resources) {
    if (!member.isWanted || member.isExisting) continue;
    const body = await bodyOf(deps, ctx, accepted, member);
    if (member.type.toLowerCase() === DEPLOYMENT_TYPE) changes.push(...(await nested(deps, ctx, accepted, member, body, depth)));
    else changes.push(await changeOf(deps, ctx, member, body));
  }
  // Why the ones of nested deployments too: values are handed on to them.
  const conceal = concealer(accepted.source);
  return changes.map(({ after, delta, ...change }) => ({
    ...change,
    ...(after === undefined ? {} : { after: conceal(after) }),
    ...(delta === undefined ? {} : { delta: concealDelta(delta, conceal) }),
  }));
}

function concealDelta(delta: readonly PropertyChange[], conceal: (value: Json) => Json): readonly PropertyChange[] {
  return delta.map(({ after, children, ...change }) => ({
    ...change,
    ...(after === undefined ? {} : { after: conceal(after) }),
    ...(children === undefined ? {} : { children: concealDelta(children, conceal) }),
  }));
}

async function nested(deps: AcceptDeps, ctx: Context, accepted: Accepted, member: PlannedResource, body: JsonObject, depth: number): Promise<readonly Change[]> {
  if (depth >= MAX_DEPTH) return [{ resourceId: member.id, changeType: 'Unsupported', unsupportedReason: `Deployments are nested deeper than ${MAX_DEPTH} levels.` }];
  try {
    const inner = await acceptDeployment(deps, ctx, nestedRequest(accepted, member, body));
    return await changesOf(deps, ctx, inner, depth + 1);
  } catch (error) {
    if (!isFault(error) || error.kind === 'internal') throw error;
    return [{ resourceId: member.id, changeType: 'Unsupported', unsupportedReason: `The nested deployment cannot be foreseen: ${error.message}` }];
  }
}

async function changeOf(deps: AcceptDeps, ctx: Context, member: PlannedResource, body: JsonObject): Promise<Change> {
  const { id, type, name, apiVersion } = member;
  const known = deps.types().find((candidate) => candidate.type.toLowerCase() === type.toLowerCase());
  const after: JsonObject = { id, type, name, apiVersion, ...(known === undefined ? body : asRead(known, body, apiVersion)) };
  let before: JsonObject | undefined;
  try {
    before = await find(deps.arm(), ctx, id, apiVersion);
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    return { resourceId: id, changeType: 'Deploy', after };
  }
  if (before === undefined) return { resourceId: id, changeType: 'Create', after };
  const delta = propertyChanges(before, after, [...(known?.secrets ?? []), ...(known?.readOnly ?? []), '/provisioningState']);
  return { resourceId: stringAt(before, 'id') ?? id, changeType: delta.length === 0 ? 'NoChange' : 'Modify', before, after, delta };
}

/** Ignored where a type has no such member. */
const MEMBERS = ['location', 'tags', 'kind', 'sku', 'identity'] as const;

/** As the type reads it, older forms of bodies made into today's, and without what is never answered. */
function asRead(type: AnyResourceType, body: JsonObject, apiVersion: string): JsonObject {
  let read = body;
  try {
    read = type.accept?.(body, { apiVersion, isPatch: false, current: undefined }) ?? body;
  } catch (error) {
    if (!isFault(error)) throw error;
  }
  const rules = memberRules(type);
  read = Object.fromEntries(Object.entries(read).filter(([name]) => !MEMBERS.some((member) => member === name && (rules[member] ?? false) === false)));
  const { properties } = read;
  if (!isJsonObject(properties)) return read;
  const secrets = (type.secrets ?? []).flatMap((pointer) => selectPointers(properties, pointer));
  return { ...read, properties: secrets.reduce((shown, { pointer }) => setPointer(shown, pointer, HIDDEN, false), properties) };
}

/** As far as it can be known: strings that read what does not exist yet stay as they are written. */
async function bodyOf(deps: AcceptDeps, ctx: Context, { source, plan }: Accepted, member: PlannedResource): Promise<JsonObject> {
  const fetch = (call: Parameters<typeof answerRuntime>[2]) => answerRuntime(deps.arm(), ctx, call);
  const scopeWith = (runtime: Scope['runtime']) => scopeInside(runtimeScope(source, plan, runtime), member);
  try {
    return await evaluateLate((runtime) => resourceBody(member, scopeWith(runtime)), fetch);
  } catch (error) {
    if (!isFault(error) || error.kind === 'internal') throw error;
  }
  const { body } = await partialBody(
    member,
    (value) => evaluateLate((runtime) => evaluateValue(value, scopeWith(runtime), member.declared.path), fetch),
    (error) => isFault(error) && error.kind !== 'internal',
  );
  return body;
}

async function others(deps: AcceptDeps, ctx: Context, { plan, mode }: Accepted, scopeId: string): Promise<readonly Change[]> {
  if (groupOf(scopeId) === undefined) return [];
  const rest = notInPlan(await listGroup(deps.arm(), ctx, scopeId), plan);
  return rest.map(({ id, name, type }) => ({ resourceId: id, changeType: mode === 'Complete' ? ('Delete' as const) : ('Ignore' as const), before: { id, name, type } }));
}
